import test, { type ExecutionContext } from 'ava';
import { type ErrorCode, SnapdiscError } from '../../../src/errors.js';
import { openTar } from '../../../src/rootfs/tar/open-tar.js';
import { temporaryFile } from '../helpers.js';
import { archive, END, entry, GNU, header, pax } from './craft.js';

async function fails(t: ExecutionContext, bytes: Buffer, code: ErrorCode, message: RegExp) {
  const path = await temporaryFile(t, bytes);
  const error = await t.throwsAsync(openTar(path), { instanceOf: SnapdiscError });
  t.is(error?.code, code);
  t.regex(error?.message ?? '', message);
  t.truthy((error as SnapdiscError | undefined)?.hint);
}

const cases: Record<string, [bytes: Buffer, code: ErrorCode, message: RegExp]> = {
  'a name with ..': [
    archive(entry({ name: './a/../../etc/passwd' })),
    'source.escape',
    /"\.\/a\/\.\.\/\.\.\/etc\/passwd" has "\.\."/,
  ],
  'an absolute name': [archive(entry({ name: '/etc/passwd' })), 'source.escape', /absolute/],
  'a file through a symlink': [
    archive(
      entry({ name: 'lib', typeflag: '2', linkName: '/' }),
      entry({ name: 'lib/etc/passwd' }),
    ),
    'source.escape',
    /"lib\/etc\/passwd" lies behind the symlink "lib"/,
  ],
  'a file through a symlink that stays inside': [
    archive(
      entry({ name: 'usr/lib/', typeflag: '5' }),
      entry({ name: 'lib', typeflag: '2', linkName: 'usr/lib' }),
      entry({ name: 'lib/x' }),
    ),
    'source.escape',
    /behind the symlink/,
  ],
  'a hard link to an absolute name': [
    archive(entry({ name: 'a', typeflag: '1', linkName: '/etc/shadow' })),
    'source.escape',
    /hard link target "\/etc\/shadow"/,
  ],
  'a hard link with ..': [
    archive(entry({ name: 'a', typeflag: '1', linkName: '../b' })),
    'source.escape',
    /"\.\."/,
  ],
  'a hard link through a symlink': [
    archive(
      entry({ name: 'd/f' }),
      entry({ name: 'l', typeflag: '2', linkName: 'd' }),
      entry({ name: 'a', typeflag: '1', linkName: 'l/f' }),
    ),
    'source.escape',
    /behind a symlink/,
  ],
  'a forward hard link': [
    archive(entry({ name: 'a', typeflag: '1', linkName: 'b' }), entry({ name: 'b' })),
    'source.conflict',
    /"a" at byte 0 .*"b"/,
  ],
  'a hard link to a directory': [
    archive(
      entry({ name: 'd/', typeflag: '5' }),
      entry({ name: 'a', typeflag: '1', linkName: 'd' }),
    ),
    'source.conflict',
    /is a directory/,
  ],
  'a file over a full directory': [
    archive(entry({ name: 'd/f' }), entry({ name: 'd' })),
    'source.conflict',
    /not empty/,
  ],
  'a file as a directory': [
    archive(entry({ name: 'f' }), entry({ name: 'f/g' })),
    'source.conflict',
    /"f" to be a directory/,
  ],
  'a root that is no directory': [
    archive(entry({ name: './', typeflag: '2', linkName: 'x' })),
    'source.conflict',
    /root directory/,
  ],
  'a wrong checksum in the second header': [
    archive(entry({ name: 'a' }, 'x'), entry({ name: 'b', checksum: 'wrong' })),
    'source.corrupt',
    /byte 1024: the checksum/,
  ],
  'a negative size': [
    archive(entry({ name: 'a', size: Buffer.from('ff'.repeat(12), 'hex') })),
    'source.corrupt',
    /impossible size/,
  ],
  'a size over 2^53': [
    archive(entry({ name: 'a', size: Buffer.from(`80000000${'7f'.repeat(8)}`, 'hex') })),
    'source.corrupt',
    /impossible size/,
  ],
  'a size that is no number': [
    archive(entry({ name: 'a', size: '0000000004x\0' })),
    'source.corrupt',
    /impossible size/,
  ],
  'a size beyond the end': [
    archive(entry({ name: 'a', size: 1_000_000_000_000 % 8 ** 11 })),
    'source.corrupt',
    /cut off/,
  ],
  'a PAX size beyond 2^53': [
    archive(pax({ size: '99999999999999999999' }), entry({ name: 'a' })),
    'source.corrupt',
    /impossible size/,
  ],
  'a negative PAX owner': [
    archive(pax({ uid: '-1' }), entry({ name: 'a' })),
    'source.corrupt',
    /impossible owner/,
  ],
  'a NUL in a PAX path': [
    archive(pax({ path: 'a\0b' }), entry({ name: 'a' })),
    'source.corrupt',
    /NUL/,
  ],
  'an escape in a PAX path': [
    archive(pax({ path: '../up' }), entry({ name: 'a' })),
    'source.escape',
    /"\.\.\/up"/,
  ],
  'an escape in a GNU long name': [
    archive(
      entry({ name: '././@LongLink', typeflag: 'L', magic: GNU }, '/abs\0'),
      entry({ name: 'a' }),
    ),
    'source.escape',
    /"\/abs"/,
  ],
  'a PAX record that is longer than its header': [
    archive(entry({ name: 'x', typeflag: 'x' }, '99 path=a\n'), entry({ name: 'a' })),
    'source.corrupt',
    /byte 512: a PAX record is longer/,
  ],
  'a PAX record that is shorter than it says': [
    archive(entry({ name: 'x', typeflag: 'x' }, '5 path=a\n'), entry({ name: 'a' })),
    'source.corrupt',
    /lies about its length/,
  ],
  'a PAX record of length 0': [
    archive(entry({ name: 'x', typeflag: 'x' }, '0 path=a\n'), entry({ name: 'a' })),
    'source.corrupt',
    /lies about its length/,
  ],
  'a PAX record without a length': [
    archive(entry({ name: 'x', typeflag: 'x' }, 'path=a\n'), entry({ name: 'a' })),
    'source.corrupt',
    /does not start with its length/,
  ],
  'a huge extended header': [
    archive(header({ name: 'x', typeflag: 'x', size: 8 ** 10 })),
    'source.corrupt',
    /claims to have/,
  ],
  'a huge long name': [
    archive(header({ name: 'x', typeflag: 'L', size: 8 ** 10 })),
    'source.corrupt',
    /claims to have/,
  ],
  'a name of 256 bytes': [
    archive(pax({ path: 'n'.repeat(256) }), entry({ name: 'a' })),
    'source.name-too-long',
    /256 bytes/,
  ],
  'an extended header and no entry': [
    archive(entry({ name: 'a' }), pax({ path: 'b' })),
    'source.corrupt',
    /no entry follows/,
  ],
  'an unknown type': [
    archive(entry({ name: 'a', typeflag: '!' })),
    'source.unsupported',
    /unknown type "!"/,
  ],
  'a volume of several': [
    archive(entry({ name: 'a', typeflag: 'M' })),
    'source.unsupported',
    /several/,
  ],
  'a zero block between entries': [
    Buffer.concat([entry({ name: 'a' }), Buffer.alloc(512), entry({ name: 'b' }), END]),
    'source.corrupt',
    /byte 512: a block of zeros/,
  ],
  'a symlink to nothing': [
    archive(entry({ name: 'a', typeflag: '2' })),
    'source.conflict',
    /target is empty/,
  ],
  'a sparse map that overlaps itself': [
    archive(
      pax({ 'GNU.sparse.map': '0,4,2,4', 'GNU.sparse.size': '100' }),
      entry({ name: 'a' }, '12345678'),
    ),
    'source.corrupt',
    /overlaps/,
  ],
  'a sparse map that leaves the file': [
    archive(
      pax({ 'GNU.sparse.map': '98,4', 'GNU.sparse.size': '100' }),
      entry({ name: 'a' }, '1234'),
    ),
    'source.corrupt',
    /overlaps itself or leaves/,
  ],
  'a sparse map of less than is stored': [
    archive(
      pax({ 'GNU.sparse.map': '0,4', 'GNU.sparse.size': '100' }),
      entry({ name: 'a' }, '12345'),
    ),
    'source.corrupt',
    /does not match/,
  ],
  'a sparse map with an odd count': [
    archive(
      pax({ 'GNU.sparse.map': '0,4,9', 'GNU.sparse.size': '100' }),
      entry({ name: 'a' }, '1234'),
    ),
    'source.corrupt',
    /incomplete/,
  ],
  'a 1.0 sparse map that promises too much': [
    archive(
      pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9' }),
      entry({ name: 'a' }, '9007199254740991\n0\n1\n'),
    ),
    'source.corrupt',
    /incomplete/,
  ],
  'a 1.0 sparse map of letters': [
    archive(
      pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9' }),
      entry({ name: 'a' }, 'x'.repeat(600)),
    ),
    'source.corrupt',
    /map of a file/,
  ],
  'only an extended header': [archive(pax({ path: 'x' })), 'source.corrupt', /no entry follows/],
  'no entry at all': [Buffer.alloc(10_240), 'source.empty', /is empty/],
  'nothing at all': [Buffer.alloc(0), 'source.empty', /is empty/],
  'some text': [Buffer.from('hello\n'.repeat(300)), 'source.unsupported', /looks like a text file/],
  'a zip': [
    Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(2000, 7)]),
    'source.unsupported',
    /zip archive/,
  ],
};

for (const [name, [bytes, code, message]] of Object.entries(cases)) {
  test(`${name} is ${code}`, (t) => fails(t, bytes, code, message));
}
