import test from 'ava';
import fc from 'fast-check';
import { chooseCompression, mostPackedBytes } from '../../src/packed-root/compression.js';

test('the best that the kernel can unpack is taken', (t) => {
  const knowing = (options: readonly string[]) =>
    chooseCompression('squashfs', (option) => options.includes(option)).algorithm;
  t.is(knowing(['SQUASHFS_ZLIB', 'SQUASHFS_LZ4', 'SQUASHFS_XZ', 'SQUASHFS_ZSTD']), 'zstd');
  t.is(knowing(['SQUASHFS_ZLIB', 'SQUASHFS_LZ4', 'SQUASHFS_XZ']), 'xz');
  t.is(knowing(['SQUASHFS_ZLIB', 'SQUASHFS_LZ4']), 'gzip');
  t.is(knowing(['SQUASHFS_LZ4']), 'lz4');
  // No config file: zlib is what the driver has by default.
  t.is(knowing([]), 'gzip');
});

test('erofs has LZ4, whatever the kernel', (t) => {
  for (const answer of [true, false]) {
    t.is(chooseCompression('erofs', () => answer).algorithm, 'lz4hc');
  }
});

test('what does not get smaller has room all the same: 4 bytes a block, and the rest', (t) => {
  const hasRoom = fc.property(fc.nat(2 ** 45), (size) => {
    const blocks = Math.ceil(size / (64 * 1024));
    return mostPackedBytes(size) >= size + blocks * 4 + 4096;
  });
  t.notThrows(() => fc.assert(hasRoom));
});
