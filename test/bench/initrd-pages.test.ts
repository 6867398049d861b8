import test from 'ava';
import fc from 'fast-check';
import { packingOf, readNewcArchives } from '../../bench/initrd-pages.js';
import { directory, packNewc, staticFile, symlink } from '../../src/cpio/newc.js';

const GZIP = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]);

test('each file fills whole pages; archives, padding and a packed rest follow each other', async (t) => {
  const first = await packNewc([directory('etc'), staticFile('etc/a', Buffer.alloc(1))], 0);
  const second = await packNewc([staticFile('b', Buffer.alloc(4097)), symlink('c', 'b')], 0);
  const plain = Buffer.concat([first, Buffer.alloc(512), second]);
  t.is(readNewcArchives(plain).pageBytes, 3 * 4096);
  t.is(readNewcArchives(plain).end, plain.length);
  const whole = readNewcArchives(Buffer.concat([plain, GZIP]));
  t.deepEqual(whole, { pageBytes: 3 * 4096, end: plain.length });
});

test('any sizes add up', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20_000), { maxLength: 8 }), async (sizes) => {
      const files = sizes.map((size, index) => staticFile(`f${index}`, Buffer.alloc(size, 0x30)));
      const { pageBytes } = readNewcArchives(await packNewc(files, 0));
      t.is(
        pageBytes,
        sizes.reduce((sum, size) => sum + Math.ceil(size / 4096) * 4096, 0),
      );
    }),
    { numRuns: 30 },
  );
});

test('what an archive is packed with', (t) => {
  t.is(packingOf(GZIP), 'gzip');
  t.is(packingOf(Buffer.from('fd377a585a0000', 'hex')), 'xz');
  t.is(packingOf(Buffer.from('28b52ffd', 'hex')), 'zstd');
  t.is(packingOf(Buffer.from('070701')), undefined);
  t.is(packingOf(Buffer.alloc(0)), undefined);
});

test('a cut or damaged archive is an error, never a smaller figure', async (t) => {
  const archive = await packNewc([staticFile('a', Buffer.alloc(9000, 1))], 0);
  t.throws(() => readNewcArchives(archive.subarray(0, 5000)), { instanceOf: RangeError });
  t.throws(() => readNewcArchives(archive.subarray(0, 50)), { instanceOf: RangeError });
  const damaged = Buffer.from(archive);
  damaged.write('xyz', 54);
  t.throws(() => readNewcArchives(damaged), { instanceOf: RangeError });
});
