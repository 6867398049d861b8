import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { checksumCount, checksumFile, checksumRange } from '../../src/build/checksums.js';
import { parseChecksums } from '../../src/build/read-checksums.js';
import { printable } from '../../src/bytes.js';
import { SnapdiscError } from '../../src/errors.js';

const DIGEST = Buffer.alloc(32, 7);

function written(end: number): Buffer {
  const files = [{ path: 'live/root.img', start: 40_960, end }];
  const range = checksumRange(end);
  return checksumFile(range, files, new Array(checksumCount(range)).fill(DIGEST));
}

test('what is written is what is read', (t) => {
  const character = fc.nat(255).map((code) => String.fromCharCode(code));
  const path = fc.string({ unit: character, minLength: 1 });
  const end = fc.integer({ min: 32_769, max: 2 ** 26 });
  fc.assert(
    fc.property(fc.array(fc.record({ path, start: fc.nat(), end: fc.nat() })), end, (files, to) => {
      const range = checksumRange(to);
      const digests = new Array<Buffer>(checksumCount(range)).fill(DIGEST);
      const stored = parseChecksums(checksumFile(range, files, digests));
      t.deepEqual(stored.range, range);
      t.deepEqual(
        stored.digests,
        digests.map((digest) => digest.toString('hex')),
      );
      t.deepEqual(
        stored.files.map((file) => Buffer.from(file.path, 'latin1').toString('utf8')),
        files.map((file) => printable(file.path)),
      );
    }),
  );
});

test('a file that does not vouch for itself, or whose numbers make no sense, is refused', (t) => {
  const good = written(3_000_000).toString('latin1');
  const sealed = (body: string) =>
    `${body}self ${createHash('sha256').update(body, 'latin1').digest('hex')}\n`;
  const body = good.slice(0, good.indexOf('self '));
  t.notThrows(() => parseChecksums(Buffer.from(sealed(body), 'latin1')));
  for (const text of [
    '',
    'self ',
    body,
    good.replace('live', 'love'),
    sealed(body.replace('checksums 2', 'checksums 3')),
    sealed(body.replace('block 1048576', 'block 0')),
    sealed(body.replace(/start \d+/, 'start 9999999999')),
    sealed(body.replace(/end \d+/, `end ${'9'.repeat(14)}`)),
    sealed(`${body}something else\n`),
    sealed(body.slice(0, body.lastIndexOf('07'.repeat(32)))),
  ]) {
    const error = t.throws(() => parseChecksums(Buffer.from(text, 'latin1')), {
      instanceOf: SnapdiscError,
    });
    t.is(error?.code, 'image.checksums', text.slice(0, 80));
  }
});
