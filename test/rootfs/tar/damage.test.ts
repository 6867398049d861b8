import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../../src/errors.js';
import { openTar } from '../../../src/rootfs/tar/open-tar.js';
import { temporaryDirectory, temporaryFile } from '../helpers.js';
import { archive, entry, GNU, header, pax, V7 } from './craft.js';

/** One of everything, so that cuts and flips meet every part of the parser. */
function smallArchive(): Buffer {
  const oldSparse: [number, string][] = [
    [386, '00000000000\0'],
    [398, '00000000004\0'],
    [482, '\x01'],
    [483, '00000010000\0'],
  ];
  const extension = Buffer.alloc(512);
  extension.write('00000001000\0' + '00000000003\0', 0, 'latin1');
  return archive(
    pax({ comment: 'global' }, 'g'),
    entry({ name: './', typeflag: '5', mode: 0o755 }),
    entry({ name: 'bin/', typeflag: '5', magic: V7 }),
    pax({ path: 'bin/long', mtime: '-1.5', 'SCHILY.xattr.user.x': '\xff\n=\0' }),
    entry({ name: 'bin/x' }, 'data'.repeat(200)),
    entry({ name: '././@LongLink', typeflag: 'L', magic: GNU }, 'bin/other\0'),
    entry({ name: '././@LongLink', typeflag: 'K', magic: GNU }, 'bin/long\0'),
    entry({ name: 'cut', typeflag: '1', linkName: 'cut', magic: GNU }),
    header({ name: 'old', typeflag: 'S', size: 7, magic: GNU, patch: oldSparse }),
    extension,
    Buffer.concat([Buffer.from('abcdefg')], 512),
    pax({
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.realsize': '9',
      'GNU.sparse.name': 'new',
    }),
    entry(
      { name: 'x' },
      Buffer.concat([Buffer.concat([Buffer.from('1\n4\n3\n')], 512), Buffer.from('xyz')]),
    ),
    entry({
      name: 'dev',
      typeflag: '3',
      patch: [
        [329, '0000005'],
        [337, '0000001'],
      ],
    }),
  );
}

test('the archive of the next tests is whole', async (t) => {
  const source = await openTar(await temporaryFile(t, smallArchive()));
  t.teardown(() => source.close());
  t.deepEqual([...source.root.entries.keys()], ['bin', 'old', 'new', 'dev']);
  t.is(source.dataBytes, 810);
  const old = source.root.entries.get('old');
  t.deepEqual(old?.kind === 'file' ? old.runs : [], [
    { offset: 0, length: 4 },
    { offset: 512, length: 3 },
  ]);
});

test('an archive cut off anywhere is an error', async (t) => {
  const whole = smallArchive();
  const path = join(await temporaryDirectory(t), 'archive');
  const cuts = [];
  // The last block is the second of two zeros: all entries are there without it.
  for (let at = 0; at <= whole.length - 1024; at += 512) cuts.push(at, at + 1, at + 511);
  for (const at of cuts) {
    await writeFile(path, whole.subarray(0, at));
    const error = await t.throwsAsync(openTar(path), { instanceOf: SnapdiscError });
    t.regex((error as SnapdiscError).code, /^source\./, `cut at ${at}`);
  }
});

test('random damage gives a tree or a SnapdiscError, nothing else', async (t) => {
  const whole = smallArchive();
  const path = join(await temporaryDirectory(t), 'archive');
  const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 6,
  });
  const property = fc.asyncProperty(flips, fc.boolean(), async (changes, fixChecksums) => {
    const damaged = Buffer.from(whole);
    for (const [at, mask] of changes) damaged[at] = (damaged[at] ?? 0) ^ mask;
    if (fixChecksums) repairChecksums(damaged);
    await writeFile(path, damaged);
    try {
      const source = await openTar(path);
      let bytes = 0;
      for await (const { data } of source.read()) bytes += data.length;
      t.is(bytes, source.dataBytes);
      await source.close();
    } catch (error) {
      if (!(error instanceof SnapdiscError)) throw error;
      t.regex(error.code, /^source\./);
    }
  });
  await fc.assert(property, { numRuns: 1500 });
});

/** Without it the checksum would hide every damaged header from the parser. */
function repairChecksums(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (!/ustar/.test(block.toString('latin1', 257, 262)) && block[154] !== 0) continue;
    block.write('        ', 148, 'latin1');
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
}
