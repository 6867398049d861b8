import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {
  checksumCount,
  checksumFile,
  checksumFileSize,
  checksumRange,
} from '../../src/build/checksums.js';

const FILES = [
  { path: 'live/vmlinuz', start: 34_816, end: 40_000 },
  { path: 'r\u00c3\u00a9sum\u00c3\u00a9\nend 1', start: 40_960, end: 41_000 },
];

test('the size that is planned is the size that is written', (t) => {
  const end = fc.integer({ min: 32_769, max: 2 ** 33 });
  const files = fc.array(
    fc.record({
      path: fc.string({ unit: fc.nat(255).map((n) => String.fromCharCode(n)) }),
      start: fc.nat(),
      end: fc.nat(),
    }),
  );
  fc.assert(
    fc.property(end, files, (bytes, covered) => {
      const range = checksumRange(bytes);
      const digests = new Array(Math.min(checksumCount(range), 50)).fill(Buffer.alloc(32));
      const missing = (checksumCount(range) - digests.length) * 65;
      const written = checksumFile(range, covered, digests).length + missing;
      return written === checksumFileSize(bytes, covered);
    }),
  );
  t.is(checksumCount(checksumRange(32_768 + 1_048_577)), 2);
});

test('the file says what it covers, then one digest a line, and vouches for itself', (t) => {
  const digest = createHash('sha256').update('x').digest();
  const file = checksumFile(checksumRange(43_008), FILES, [digest]).toString();
  const lines = file.split('\n');
  const body = file.slice(0, file.indexOf('self '));
  t.deepEqual(
    lines.map((line) => line.trimEnd()),
    [
      'snapdisc-checksums 2',
      'hash sha256',
      'block 1048576',
      'start 32768',
      'end 43008',
      'file 34816 40000 live/vmlinuz',
      // A line break in a name is no line of the file.
      'file 40960 41000 r\u00e9sum\u00e9\\x0aend 1',
      digest.toString('hex'),
      `self ${createHash('sha256').update(body).digest('hex')}`,
      '',
    ],
  );
});
