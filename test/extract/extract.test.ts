import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { extract } from '../../src/extract/extract.js';
import { run } from '../../src/process.js';
import { GIB } from '../../src/units.js';
import { describeImage, describeMount, describeTree } from '../ext2/describe.js';
import { fsck } from '../ext2/helpers.js';
import { whileMounted } from '../ext2/mount.js';
import { tortureTree } from '../fixtures/torture-tree.js';
import { isRoot } from '../rootfs/helpers.js';
import { CONTEXT, comparable, discOf, judge } from './helpers.js';

const HEADROOM = 2 * GIB;

test('a directory holds what the tree had', async (t) => {
  const { root } = tortureTree();
  const { folder, iso } = await discOf(t, root, HEADROOM);
  const directory = join(folder, 'root');
  const notes = await extract({ disc: iso, directory, force: false }, CONTEXT);
  t.true(notes.includes('1 socket was left out: programs make their own.'), notes.join('\n'));
  if (isRoot) {
    t.is(notes.length, 1, notes.join('\n'));
    const found = comparable(await describeMount(directory));
    const wanted = comparable(describeTree(root));
    // A nanosecond before 1970: Node sets times to the microsecond.
    for (const lines of [found, wanted]) t.true(lines.delete('times/before-1970'));
    const { mtimeMs } = await lstat(join(directory, 'times/before-1970'));
    t.true(Math.abs(mtimeMs) <= 0.001);
    t.deepEqual(found, wanted);
  } else {
    t.is(await readFile(join(directory, 'names', '-rf'), 'utf8'), '');
  }
  const { blocks } = await lstat(join(directory, 'sparse', 'all-hole'));
  t.is(blocks, 0);
  t.deepEqual((await readdir(folder)).sort(), ['disc', 'live.iso', 'root']);
});

test('the root image is a whole filesystem: checked, mounted, the same', async (t) => {
  const { root } = tortureTree();
  for (const headroom of [0, HEADROOM]) {
    const { folder, iso } = await discOf(t, root, headroom);
    const rootImage = join(folder, 'root.img');
    await extract({ disc: iso, rootImage, force: false }, CONTEXT);
    const { size, blocks } = await lstat(rootImage);
    t.true(size >= headroom);
    t.true(blocks * 512 < 16 * 1024 * 1024);
    await fsck(rootImage);
    t.deepEqual(await describeImage(rootImage), describeTree(root));
    const mounted = await whileMounted(t, rootImage, 'ext4', async (top) => {
      t.deepEqual(await describeMount(top), describeTree(root));
    });
    if (!mounted) t.log('e2fsck and our reader are the only judges here');
  }
});

test("kernel and initrd are the disc's, byte for byte", async (t) => {
  const { folder, iso } = await discOf(t, tortureTree().root);
  const [kernel, initrd] = [join(folder, 'vmlinuz'), join(folder, 'initrd')];
  await extract({ disc: iso, kernel, initrd, force: false }, CONTEXT);
  for (const [path, name] of [
    [kernel, 'vmlinuz'],
    [initrd, 'initrd.img'],
  ] as const) {
    t.deepEqual(await readFile(path), await readFile(join(folder, 'disc/live', name)));
  }
});

test('GNU tar extracts from the archive what the tree had', async (t) => {
  const { root } = tortureTree();
  const { folder, iso } = await discOf(t, root, HEADROOM);
  const tar = join(folder, 'root.tar');
  const notes = await extract({ disc: iso, tar, force: false }, CONTEXT);
  t.deepEqual(notes, ['Archives hold no sockets: left out 1.']);
  t.true((await lstat(tar)).size < 2_000_000, 'holes are not stored');
  t.is((await lstat(tar)).size % 10_240, 0);
  const listed = (
    await run(judge('tar'), ['--list', '--quoting-style=literal', '--null', '-f', tar])
  )
    .toString('latin1')
    .split('\n');
  t.true(listed.includes('./usr/bin/busybox'));
  if (!isRoot) return;
  const top = join(folder, 'by-tar');
  await run(judge('mkdir', 'coreutils'), [top]);
  const flags = ['--extract', '--numeric-owner', '--same-permissions', '--xattrs', '--acls'];
  const warnings = await run(judge('tar'), [
    ...flags,
    '--xattrs-include=*',
    '--delay-directory-restore',
    ...['-f', tar, '-C', top],
  ]);
  t.is(warnings.toString(), '');
  t.deepEqual(comparable(await describeMount(top)), comparable(describeTree(root)));
});

test('what is in the way is told, all at once, and nothing is touched', async (t) => {
  const { folder, iso } = await discOf(t, tortureTree().root);
  const live = join(folder, 'disc/live');
  const request = { disc: iso, force: false, directory: live, kernel: join(live, 'vmlinuz') };
  const error = await t.throwsAsync(extract(request, CONTEXT), { code: 'output.exists' });
  t.regex(error?.message ?? '', /vmlinuz exists already\.\n.*live exists and is not an empty/);
  const same = {
    disc: iso,
    force: true,
    initrd: join(folder, 'x'),
    kernel: join(folder, 'y/../x'),
  };
  await t.throwsAsync(extract(same, CONTEXT), { code: 'usage.same-output' });
  const own = { disc: iso, force: true, tar: iso };
  await t.throwsAsync(extract(own, CONTEXT), { code: 'output.is-source' });
  const none = { disc: join(live, 'root.img'), force: false, kernel: join(folder, 'k') };
  await t.throwsAsync(extract(none, CONTEXT), { code: 'image.not-iso' });
});

test('an interrupted run leaves nothing', async (t) => {
  const { folder, iso } = await discOf(t, tortureTree().root, HEADROOM);
  const before = (await readdir(folder)).sort();
  const wanted = [{ directory: 'd' }, { tar: 't' }, { rootImage: 'r' }];
  for (const outputs of wanted) {
    const [[key, name] = ['', '']] = Object.entries(outputs);
    const abort = new AbortController();
    const reporter = { ...CONTEXT.reporter, advance: () => abort.abort() };
    const request = { disc: iso, force: false, [key]: join(folder, name) };
    await t.throwsAsync(extract(request, { reporter, signal: abort.signal }), {
      code: 'interrupted.signal',
    });
    t.deepEqual((await readdir(folder)).sort(), before);
  }
});
