import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { planExt2 } from '../../src/ext2/index.js';
import { run } from '../../src/process.js';
import { GIB, MIB } from '../../src/units.js';
import { tortureTree } from '../fixtures/torture-tree.js';
import { describeImage, describeMount, describeTree } from './describe.js';
import { buildImage, debugfs, fsck, OPTIONS } from './helpers.js';
import { whileMounted } from './mount.js';

test('our reader finds in the image what the tree had', async (t) => {
  const { root } = tortureTree();
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  t.deepEqual(await describeImage(image), describeTree(root));
});

test('the ext4 driver finds in the image what the tree had', async (t) => {
  const { root } = tortureTree();
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  const mounted = await whileMounted(t, image, 'ext4', async (top) => {
    t.deepEqual(await describeMount(top), describeTree(root));
  });
  if (!mounted) t.deepEqual(await describeImage(image), describeTree(root));
});

// Many kernels let ext4's code mount ext2; this asks whichever driver answers to the name.
test('the ext2 driver finds it too, but for times outside 32 bits', async (t) => {
  const { root } = tortureTree();
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  const withoutTimes = (description: Map<string, string>) =>
    new Map([...description].map(([path, line]) => [path, line.replace(/@-?\d+/, '')]));
  const mounted = await whileMounted(t, image, 'ext2', async (top) => {
    t.deepEqual(withoutTimes(await describeMount(top)), withoutTimes(describeTree(root)));
  });
  if (!mounted) t.deepEqual(await describeImage(image), describeTree(root));
});

test('debugfs sees owners, link counts, devices and capabilities', async (t) => {
  const { root, hardLinks } = tortureTree();
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  t.regex(await debugfs(image, 'stat /owners/uid-65536'), /User: 65536 +Group: 65537 /);
  t.regex(await debugfs(image, `stat /${hardLinks[0]}`), /Mode: {2}04755 [\s\S]*Links: 4 /);
  t.regex(await debugfs(image, 'stat /dev/block-max'), /major\/minor number: 4095:1048575 /);
  t.regex(await debugfs(image, 'stat /dev/char-max-old'), /major\/minor number: 255:255 /);
  t.regex(await debugfs(image, 'stat /times/year-2040'), /mtime: .*2040/);
  const capability = (path: string) =>
    debugfs(image, `ea_get -x /xattrs/${path} security.capability`);
  t.regex(await capability('ping'), /01 00 00 02 00 20 00 00 00 00 00 00/);
  t.regex(
    await capability('every-capability'),
    /01 00 00 02 ff ff ff ff ff ff ff ff ff 01 00 00 ff 01 00 00/,
  );
});

test('inodes with equal xattrs share a block', async (t) => {
  const { root } = tortureTree();
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  const aclBlock = async (path: string) =>
    /File ACL: (\d+)/.exec(await debugfs(image, `stat ${path}`))?.[1];
  const shared = await aclBlock('/xattrs/ping');
  t.not(shared, '0');
  t.is(await aclBlock('/xattrs/ping6'), shared);
  t.not(await aclBlock('/xattrs/high-bytes'), shared);
});

test('blkid calls it ext2, with its UUID and label', async (t) => {
  const { root } = tortureTree();
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  const blkid = { program: 'blkid', purpose: 'names filesystems', debianPackage: 'util-linux' };
  const said = (await run(blkid, ['-p', '-o', 'export', image])).toString();
  t.regex(said, /^TYPE=ext2$/m);
  t.regex(said, /^LABEL=live$/m);
  t.regex(said, /^UUID=00112233-4455-6677-8899-aabbccddeeff$/m);
});

test('file calls it ext2', async (t) => {
  const { root } = tortureTree();
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  const file = { program: 'file', purpose: 'names file types', debianPackage: 'file' };
  t.regex((await run(file, ['-b', image])).toString(), /ext2 filesystem data/);
});

test('dumpe2fs sees exactly the four features and nothing reserved', async (t) => {
  const { root } = tortureTree();
  const image = await buildImage(t, planExt2(root, OPTIONS), root);
  const said = await debugfs(image, 'show_super_stats -h');
  t.regex(said, /features: +ext_attr filetype sparse_super large_file\n/);
  t.regex(said, /Reserved block count: +0\n/);
  t.regex(said, /Filesystem state: +clean\n/);
  t.regex(said, /Maximum mount count: +-1\n/);
});

test('the same tree gives the same bytes', (t) => {
  const pieces = () => {
    const { root } = tortureTree();
    const hash = createHash('sha256');
    for (const { block, data } of planExt2(root, OPTIONS).metadata())
      hash.update(`${block}`).update(data);
    return hash.digest('hex');
  };
  t.is(pieces(), pieces());
});

test('a filesystem with headroom can be written to', async (t) => {
  const { root } = tortureTree();
  const image = await buildImage(t, planExt2(root, { ...OPTIONS, headroomBytes: GIB }), root);
  const content = randomBytes(4 * MIB);
  const mounted = await whileMounted(
    t,
    image,
    'ext4',
    async (top) => {
      await writeFile(join(top, 'names', 'new'), content);
      for (let index = 0; index < 3000; index++) await mkdir(join(top, `directory-${index}`));
      await rm(join(top, 'xattrs'), { recursive: true });
      t.deepEqual(await readFile(join(top, 'names', 'new')), content);
    },
    'rw',
  );
  if (!mounted) t.log('nothing was written: no loop devices here');
  await t.notThrowsAsync(fsck(image));
});
