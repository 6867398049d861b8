import { lstat, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {
  type CpioRecord,
  charDevice,
  directory,
  newcArchive,
  packNewc,
  staticFile,
  symlink,
} from '../../src/cpio/newc.js';
import { run } from '../../src/process.js';

const CPIO = { program: 'cpio', purpose: 'judges', debianPackage: 'cpio' };
const SHELL = { program: 'sh', purpose: 'judges', debianPackage: 'dash' };
const MTIME = 1_700_000_000;

async function scratch(t: { teardown(clean: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-cpio-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const SAMPLE = [
  directory('bin'),
  staticFile('bin/tool', Buffer.from('#!/bin/sh\n'), 0o4755),
  staticFile('bin/empty', Buffer.alloc(0), 0o600),
  symlink('bin/sh', 'tool'),
  directory('dev', 0o1777),
  charDevice('dev/console', 5, 1, 0o600),
  charDevice('dev/null', 1, 3, 0o666),
];

test('cpio lists every field as it was given', async (t) => {
  const archive = await packNewc(SAMPLE, MTIME);
  t.is(archive.length % 512, 0);
  const listing = (await run(CPIO, ['-itv', '--quiet', '--numeric-uid-gid'], archive)).toString();
  const lines = listing
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' '));
  t.deepEqual(lines, [
    'drwxr-xr-x 2 0 0 0 Nov 14 2023 bin',
    '-rwsr-xr-x 1 0 0 10 Nov 14 2023 bin/tool',
    '-rw------- 1 0 0 0 Nov 14 2023 bin/empty',
    'lrwxrwxrwx 1 0 0 4 Nov 14 2023 bin/sh -> tool',
    'drwxrwxrwt 2 0 0 0 Nov 14 2023 dev',
    'crw------- 1 0 0 5, 1 Nov 14 2023 dev/console',
    'crw-rw-rw- 1 0 0 1, 3 Nov 14 2023 dev/null',
  ]);
});

test('is byte for byte what GNU cpio writes', async (t) => {
  const folder = await scratch(t);
  const script = [
    'mkdir d; printf 12345678 >d/eight; : >d/empty; printf hello >five; ln -s d/eight link',
    'chmod 755 d; chmod 600 d/eight; chmod 644 d/empty five',
    'touch -h -d @1700000000 d/eight d/empty d five link',
    "printf '%s\\n' d d/eight d/empty five link | " +
      'cpio -o -H newc --reproducible --owner 0:0 --quiet',
  ].join('\n');
  const theirs = await run(SHELL, ['-ec', `cd "$1"; ${script}`, 'sh', folder]);
  const ours = await packNewc(
    [
      directory('d'),
      staticFile('d/eight', Buffer.from('12345678'), 0o600),
      staticFile('d/empty', Buffer.alloc(0)),
      staticFile('five', Buffer.from('hello')),
      symlink('link', 'd/eight'),
    ],
    MTIME,
  );
  t.deepEqual(ours, theirs);
});

test('a header of the library would say now and 0o777777; ours says what was asked', async (t) => {
  const archive = (await packNewc([staticFile('f', Buffer.from('x'))], 0)).toString('latin1');
  t.is(
    archive.slice(0, 110),
    '070701' +
      '00000000' + // ino
      '000081A4' + // mode
      '00000000' + // uid
      '00000000' + // gid
      '00000001' + // nlink
      '00000000' + // mtime
      '00000001' + // filesize
      '00000000' + // devmajor
      '00000000' + // devminor
      '00000000' + // rdevmajor
      '00000000' + // rdevminor
      '00000002' + // namesize
      '00000000', // check
  );
});

const part = fc.stringMatching(/^[ -.0-~]{1,12}$/).filter((name) => !/^\.\.?$/.test(name));
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const contents = fc.uint8Array({ maxLength: 600 });

/** Files at `path`s with the folders above them; names that collide are left out. */
function recordsOf(files: readonly [string, Uint8Array][]): CpioRecord[] {
  const records = new Map<string, CpioRecord>();
  for (const [name, content] of files) {
    const parts = name.split('/');
    const folders = parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
    const blocked = folders.some((folder) => records.get(folder)?.content.length);
    if (blocked || records.has(name)) continue;
    for (const folder of folders) if (!records.has(folder)) records.set(folder, directory(folder));
    records.set(name, staticFile(name, Buffer.concat([Buffer.from('#'), content]), 0o640));
  }
  return [...records.values()];
}

test('what cpio unpacks is what was packed', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(path, contents), { maxLength: 8 }), async (files) => {
      const folder = await mkdtemp(join(tmpdir(), 'snapdisc-cpio-'));
      try {
        const records = recordsOf(files);
        await writeFile(join(folder, 'a.cpio'), await packNewc(records, MTIME));
        await run(SHELL, [
          '-ec',
          'cd "$1"; mkdir x; cd x; cpio -idm --quiet <../a.cpio',
          'sh',
          folder,
        ]);
        for (const { name, content } of records) {
          const found = join(folder, 'x', name);
          const status = await lstat(found);
          t.is(status.mode & 0o777, content.length > 0 ? 0o640 : 0o755);
          if (!status.isFile()) continue;
          t.deepEqual(await readFile(found), Buffer.from(content));
          t.is(Math.floor(status.mtimeMs / 1000), MTIME);
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 40 },
  );
});

test('records are not changed, the same records give the same bytes', async (t) => {
  const before = structuredClone(SAMPLE);
  const once = await packNewc(SAMPLE, MTIME);
  t.deepEqual(await packNewc(SAMPLE, MTIME), once);
  t.deepEqual(
    SAMPLE.map((each) => ({ ...each, content: Buffer.from(each.content) })),
    before.map((each) => ({ ...each, content: Buffer.from(each.content) })),
  );
  const pieces: Buffer[] = [];
  for await (const piece of newcArchive(SAMPLE, MTIME)) pieces.push(piece);
  t.deepEqual(Buffer.concat(pieces), once);
});

test('symlinks keep targets that are not ASCII', async (t) => {
  const folder = await scratch(t);
  const target = Buffer.from([0x2f, 0xe9, 0xff]);
  await writeFile(join(folder, 'a'), await packNewc([symlink('l', target.toString('latin1'))], 0));
  await run(SHELL, ['-ec', 'cd "$1"; cpio -id --quiet <a', 'sh', folder]);
  t.deepEqual(await readlink(join(folder, 'l'), 'buffer'), target);
});

const x = Buffer.from('x');
const HUGE = { byteLength: 2 ** 32, length: 2 ** 32 } as unknown as Uint8Array;
const REFUSED: [string, CpioRecord[], RegExp][] = [
  ['umlauts', [staticFile('\xe4', x)], /not printable ASCII/],
  ['NUL', [staticFile('a\0b', x)], /not printable ASCII/],
  ['absolute names', [staticFile('/a', x)], /not a plain relative path/],
  ['parent folders', [directory('a'), staticFile('a/../b', x)], /not a plain relative path/],
  ['dots', [staticFile('./a', x)], /not a plain relative path/],
  ['trailing slashes', [directory('a/')], /not a plain relative path/],
  ['empty names', [staticFile('', x)], /empty/],
  ['the trailer', [staticFile('TRAILER!!!', x)], /ends an archive/],
  ['long names', [staticFile('a'.repeat(4096), x)], /over 4095 bytes/],
  ['long targets', [symlink('a', 'b'.repeat(4096))], /target is over 4095/],
  ['empty targets', [symlink('a', '')], /no target/],
  ['names twice', [staticFile('a', x), staticFile('a', x)], /comes twice/],
  ['orphans', [staticFile('a/b', x), directory('a')], /directory does not come before/],
  [
    'files as folders',
    [staticFile('a', x), staticFile('a/b', x)],
    /directory does not come before/,
  ],
  ['4 GiB', [{ ...staticFile('a', x), content: HUGE }], /4 GiB/],
  ['device numbers', [charDevice('a', -1, 2 ** 32)], /device number/],
];

for (const [what, records, message] of REFUSED) {
  test(`refuses ${what}`, async (t) => {
    await t.throwsAsync(packNewc(records, MTIME), { code: 'output.cpio', message });
  });
}

test('names all problems at once, the time stamp among them', async (t) => {
  const records = [staticFile('\xe4', x), staticFile('/a', x)];
  const error = await t.throwsAsync(packNewc(records, 2 ** 32));
  t.regex(error.message, /time stamp.*\\xe4.*\/a:/s);
});
