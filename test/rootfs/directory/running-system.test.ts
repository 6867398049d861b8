import { rmSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  readdir,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { run } from '../../../src/process.js';
import { openDirectory } from '../../../src/rootfs/directory/open-directory.js';
import {
  EMPTIED,
  isRunningSystem,
  RunningSystem,
  swapFiles,
} from '../../../src/rootfs/directory/running-system.js';
import { scanDirectory } from '../../../src/rootfs/directory/scan.js';
import { addXattrs } from '../../../src/rootfs/directory/xattrs.js';
import type { Source } from '../../../src/rootfs/source.js';
import { type Inode, lookup, type RegularFile, walk } from '../../../src/rootfs/tree.js';
import { KIB, MIB } from '../../../src/units.js';
import { temporaryDirectory } from '../../ext2/helpers.js';

const LONG_AGO = new Date('2020-01-01');

test('the running system is its root directory, by whatever name', async (t) => {
  const folder = await temporaryDirectory(t);
  await symlink('/', join(folder, 'root'));
  for (const path of ['/', '//', '/proc/..', join(folder, 'root')]) {
    t.true(await isRunningSystem(path), path);
  }
  for (const path of [folder, '/proc', '-', 'no/such/directory']) {
    t.false(await isRunningSystem(path), path);
  }
});

test('swap files are those that the kernel names', (t) => {
  const table = `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
/dev/sda2                               partition\t1951740\t\t0\t\t-2
/swapfile                               file\t\t2097148\t\t0\t\t-3
/my\\040swap\\134file\\040(deleted)        file\t\t4\t\t0\t\t-4
`;
  t.deepEqual(swapFiles(table), ['/swapfile', '/my swap\\file (deleted)']);
  t.deepEqual(swapFiles(''), []);
});

test("what is of this start alone stays behind, and so do the disc's own files", async (t) => {
  const folder = await temporaryDirectory(t);
  for (const name of [...EMPTIED, 'etc', 'root', 'var/log']) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'file'), 'x');
  }
  for (const name of ['swapfile', 'root/live.iso']) await writeFile(join(folder, name), 'x');
  const running = new RunningSystem(['swapfile', 'root/live.iso', 'not/there']);
  const source = await openDirectory(folder, undefined, running);
  const files = [...walk(source.root)].filter(({ inode }) => inode.kind === 'file');
  t.deepEqual(files.map(({ path }) => path.replace(/^\//, '')).sort(), [
    'etc/file',
    'root/file',
    'var/log/file',
  ]);
  for (const name of EMPTIED) t.is(lookup(source.root, name)?.kind, 'directory', name);
  t.is(source.description, 'running system');
  const here = await RunningSystem.here([join(folder, 'live.iso')]);
  t.true(here.isLeftOut(join(folder, 'live.iso').slice(1)));
});

test('an output that is a symlink stays behind with what it leads to', async (t) => {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'real'));
  await writeFile(join(folder, 'real/disc.iso'), 'x');
  await symlink('real', join(folder, 'also'));
  await symlink('also/disc.iso', join(folder, 'link.iso'));
  const here = await RunningSystem.here([join(folder, 'also/../link.iso')]);
  for (const name of ['link.iso', 'real/disc.iso']) {
    t.true(here.isLeftOut(join(folder, name).slice(1)), name);
  }
});

async function contentOf(source: Source, name: string): Promise<string> {
  const inode: Inode | undefined = lookup(source.root, name);
  if (inode?.kind !== 'file') throw new Error(`${name} is no file`);
  if (inode.content !== undefined) return Buffer.from(inode.content).toString();
  const found = new Map<RegularFile, Buffer>();
  for await (const { file, offset, data } of source.read()) {
    const whole = found.get(file) ?? Buffer.alloc(file.size, '?');
    whole.set(data, offset);
    found.set(file, whole);
  }
  return (found.get(inode) ?? Buffer.alloc(0)).toString();
}

const CHANGES: Record<string, readonly [(path: string) => Promise<unknown>, string]> = {
  grew: [(path) => appendFile(path, 'more'), 'contents'],
  shrank: [(path) => writeFile(path, 'con'), 'con\0\0\0\0\0'],
  vanished: [(path) => rm(path), '\0'.repeat(8)],
  'was replaced': [
    async (path) => {
      await writeFile(`${path}.new`, 'other text');
      await rename(`${path}.new`, path);
    },
    'other te',
  ],
  'became a symlink': [
    async (path) => {
      await rm(path);
      await symlink('/etc/passwd', path);
    },
    '\0'.repeat(8),
  ],
  'became a directory': [
    async (path) => {
      await rm(path);
      await mkdir(path);
    },
    '\0'.repeat(8),
  ],
};

for (const [what, [change, expected]] of Object.entries(CHANGES)) {
  test(`a file that ${what} between the passes keeps its size, and is named`, async (t) => {
    const folder = await temporaryDirectory(t);
    for (const name of ['a', 'b', 'c']) {
      await writeFile(join(folder, name), 'contents');
      await utimes(join(folder, name), LONG_AGO, LONG_AGO);
    }
    const source = await openDirectory(folder, undefined, new RunningSystem([]));
    await change(join(folder, 'b'));
    t.is(await contentOf(source, 'a'), 'contents');
    t.is(await contentOf(source, 'b'), expected);
    t.deepEqual(source.changesMet?.(), [
      'Changed while they were read, and perhaps not whole on the disc: /b.',
    ]);
  });

  test(`a small file of late that ${what} is whole all the same`, async (t) => {
    const folder = await temporaryDirectory(t);
    await writeFile(join(folder, 'b'), 'contents');
    const source = await openDirectory(folder, undefined, new RunningSystem([]));
    await change(join(folder, 'b'));
    t.is(await contentOf(source, 'b'), 'contents');
    t.deepEqual(source.changesMet?.(), []);
  });
}

test('what vanishes while names are read is not there', async (t) => {
  const folder = await temporaryDirectory(t);
  for (const name of ['a', 'b', 'c']) await writeFile(join(folder, name), 'contents');
  await mkdir(join(folder, 'd'));
  class Unsteady extends RunningSystem {
    override isLeftOut(path: string): boolean {
      if (path === 'b' || path === 'd') rmSync(join(folder, path), { recursive: true });
      return false;
    }
  }
  const { root } = await openDirectory(folder, undefined, new Unsteady([]));
  t.deepEqual([...root.entries.keys()], ['a', 'c']);
  t.deepEqual(await readdir(folder), ['a', 'c']);
});

test('extended attributes are read where files vanish meanwhile, and not below what stays empty', async (t) => {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'tmp'));
  for (const name of ['a', 'b', 'tmp/c']) await writeFile(join(folder, name), 'contents');
  const setfattr = { program: 'setfattr', purpose: 'makes a test', debianPackage: 'attr' };
  await run(setfattr, ['-n', 'user.test', '-v', 'kept', join(folder, 'b')]);
  const { root } = await scanDirectory(folder);
  // find finds nothing there, and getfattr's complaint is the same.
  const crossed = ['vanished'];
  t.deepEqual(await addXattrs(root, folder, crossed, undefined, true), []);
  const [xattr] = lookup(root, 'b')?.xattrs ?? [];
  t.is(Buffer.from(xattr?.value ?? []).toString(), 'kept');
  const [warning = ''] = await addXattrs(root, folder, crossed);
  t.regex(warning, /could not all be read.*vanished.*No such file or directory/s);
});

test('only small files of late are held in memory, 64 MiB of them', (t) => {
  const running = new RunningSystem([]);
  const now = Date.now();
  t.false(running.readsAtOnce(256 * KIB + 1, now));
  t.false(running.readsAtOnce(1, now - 25 * 60 * 60 * 1000));
  let held = 0;
  while (held < 65 * MIB && running.readsAtOnce(256 * KIB, now)) held += 256 * KIB;
  t.is(held, 64 * MIB);
});

test('many changed files are counted, ten of them named', (t) => {
  const running = new RunningSystem([]);
  t.deepEqual(running.warnings(), []);
  for (let index = 0; index < 25; index++) running.noteChange(`log\n${index % 23}`);
  const [text = '', ...others] = running.warnings();
  t.regex(text, /: \/log\\x0a0, \/log\\x0a1, .*, and 13 more\.$/);
  t.deepEqual(others, []);
});
