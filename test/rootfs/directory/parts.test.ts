import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { splitDeviceNumber } from '../../../src/rootfs/directory/device-number.js';
import { addRuns, findRuns, type MutableRun } from '../../../src/rootfs/directory/holes.js';
import { reasonToSkipMount } from '../../../src/rootfs/directory/mounts.js';
import { unreadable } from '../../../src/rootfs/directory/unreadable.js';
import { temporaryDirectory } from '../helpers.js';

test('device numbers split as Linux packs them', (t) => {
  const pack = (major: bigint, minor: bigint) =>
    (minor & 0xffn) |
    ((major & 0xfffn) << 8n) |
    ((minor & ~0xffn) << 12n) |
    ((major & ~0xfffn) << 32n);
  const number = (bits: number) => fc.nat(2 ** bits - 1);
  fc.assert(
    fc.property(number(20), number(30), (major, minor) => {
      const split = splitDeviceNumber(pack(BigInt(major), BigInt(minor)));
      return split.major === major && split.minor === minor;
    }),
  );
  t.deepEqual(splitDeviceNumber(0x103n), { major: 1, minor: 3 });
});

test('runs cover every byte that is not zero, and no whole block of zeros', (t) => {
  const blocks = fc.array(fc.constantFrom(0, 1, 2), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(blocks, fc.integer({ min: 1, max: 4096 }), (kinds, lastBytes) => {
      const data = Buffer.alloc((kinds.length - 1) * 4096 + lastBytes);
      kinds.forEach((kind, index) => {
        if (kind === 1) data.fill(7, index * 4096, Math.min((index + 1) * 4096, data.length));
        if (kind === 2 && index * 4096 + 1 < data.length) data[index * 4096 + 1] = 1;
      });
      const runs: MutableRun[] = [];
      addRuns(runs, data, 0);
      const rebuilt = Buffer.alloc(data.length);
      let end = -1;
      for (const { offset, length } of runs) {
        t.true(offset > end && length > 0 && offset % 4096 === 0);
        data.copy(rebuilt, offset, offset, offset + length);
        end = offset + length;
        for (let at = offset; at < end; at += 4096) {
          t.false(data.subarray(at, Math.min(at + 4096, end)).every((byte) => byte === 0));
        }
      }
      t.true(end <= data.length);
      t.deepEqual(rebuilt, data);
    }),
  );
});

test('runs are found across the pieces a file is read in', async (t) => {
  const path = join(await temporaryDirectory(t), 'file');
  const descriptor = openSync(path, 'w+');
  t.teardown(() => closeSync(descriptor));
  const MIB = 1024 * 1024;
  writeSync(descriptor, Buffer.alloc(8192, 1), 0, 8192, MIB - 4096);
  writeSync(descriptor, Buffer.from('x'), 0, 1, 3 * MIB + 10);
  t.deepEqual(findRuns(descriptor, 3 * MIB + 11), [
    { offset: MIB - 4096, length: 8192 },
    { offset: 3 * MIB, length: 11 },
  ]);
});

test('kernel filesystems and foreign places are passed over, parts of the system are not', (t) => {
  t.is(reasonToSkipMount('var/somewhere', Buffer.from('/proc')), 'proc');
  t.is(reasonToSkipMount('mnt/stick', Buffer.from('/')), 'another filesystem');
  t.is(reasonToSkipMount('boot', Buffer.from('/')), undefined);
  t.is(reasonToSkipMount('mntx', Buffer.from('/')), undefined);
});

test('unreadable files are listed, ten of them, the rest counted', (t) => {
  const files = Array.from({ length: 23 }, (_, index) => ({
    path: `etc/f${index}\n`,
    reason: 'EACCES',
  }));
  const { message, code } = unreadable('/srv/root', files);
  t.is(code, 'source.unreadable');
  t.regex(message, /^23 files in \/srv\/root/);
  t.is(message.split('\n').length, 12);
  t.regex(message, /\/etc\/f9\\x0a \(EACCES\)\n {2}and 13 more$/);
  t.regex(unreadable('/srv/root', files.slice(0, 1)).message, /^1 file in/);
});
