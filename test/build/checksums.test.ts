import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {
  checksumCount,
  checksumFile,
  checksumFileSize,
  checksumRange,
} from '../../src/build/checksums.js';

test('the size that is planned is the size that is written', (t) => {
  const end = fc.integer({ min: 32_769, max: 2 ** 33 });
  fc.assert(
    fc.property(end, (bytes) => {
      const range = checksumRange(bytes);
      const digests = new Array(Math.min(checksumCount(range), 50)).fill(Buffer.alloc(32));
      const missing = (checksumCount(range) - digests.length) * 65;
      return checksumFile(range, digests).length + missing === checksumFileSize(bytes);
    }),
  );
  t.is(checksumCount(checksumRange(32_768 + 1_048_577)), 2);
});

test('the file says what it covers, then one digest a line', (t) => {
  const digest = createHash('sha256').update('x').digest();
  const lines = checksumFile(checksumRange(40_960), [digest]).toString().split('\n');
  t.deepEqual(
    lines.map((line) => line.trimEnd()),
    [
      'snapdisc-checksums 1',
      'hash sha256',
      'block 1048576',
      'start 32768',
      'end 40960',
      digest.toString('hex'),
      '',
    ],
  );
});
