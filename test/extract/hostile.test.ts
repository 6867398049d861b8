import { existsSync } from 'node:fs';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { planExt2 } from '../../src/ext2/index.js';
import { extract } from '../../src/extract/extract.js';
import { Ext2Source } from '../../src/rootfs/ext2/ext2-source.js';
import type { Directory } from '../../src/rootfs/tree.js';
import { buildImage, OPTIONS, temporaryDirectory } from '../ext2/helpers.js';
import { directory, file, symlink, tortureTree } from '../fixtures/torture-tree.js';
import { CONTEXT, discOf } from './helpers.js';

/** The image of a tree, changed by `change`. */
async function imageOf(
  t: ExecutionContext,
  root: Directory,
  change: (image: Buffer) => void = () => {},
): Promise<Buffer> {
  const image = await readFile(await buildImage(t, planExt2(root, OPTIONS), root));
  change(image);
  return image;
}

function openImage(image: Buffer): Promise<Ext2Source> {
  return Ext2Source.open(
    async (offset, length) => image.subarray(offset, offset + length),
    image.length,
    'test',
  );
}

/** Replaces the one place where `from` is a directory entry's name. */
function rename(image: Buffer, from: string, to: string): void {
  // Behind inode, record length, name length and file type.
  const at = image.indexOf(Buffer.from([from.length, 1, ...Buffer.from(from)]));
  const other = at < 0 ? image.indexOf(Buffer.from([from.length, 2, ...Buffer.from(from)])) : at;
  if (other < 0) throw new Error(`no entry ${from}`);
  image.writeUInt8(to.length, other);
  image.write(to, other + 2, 'latin1');
}

test('names that lead out of the directory are refused', async (t) => {
  const tree = () => directory({ 'harmless-name': file('x'), usr: directory() });
  for (const name of ['../../../owned', '/etc/passwd!!', 'a/b', 'nul\0inside', '']) {
    const image = await imageOf(t, tree(), (bytes) => rename(bytes, 'harmless-name', name));
    await t.throwsAsync(openImage(image), { code: 'image.ext2', message: /a name that no file/ });
  }
  // The entries that every directory has mean nothing here, whatever they point to.
  const dots = await imageOf(t, tree(), (bytes) => rename(bytes, 'harmless-name', '..'));
  t.deepEqual([...(await openImage(dots)).root.entries.keys()].sort(), ['lost+found', 'usr']);
});

test('a name that is a symlink first and a directory then is refused', async (t) => {
  const root = directory({
    'a-link': symlink('/tmp'),
    'b-dire': directory({ inside: file('x') }),
  });
  const image = await imageOf(t, root, (bytes) => rename(bytes, 'b-dire', 'a-link'));
  await t.throwsAsync(openImage(image), { code: 'image.ext2', message: /a-link is there twice/ });
});

test('a directory that contains itself is refused', async (t) => {
  const root = directory({ outer: directory({ innermost: directory() }) });
  const image = await imageOf(t, root, (bytes) => {
    const name = Buffer.from([9, 2, ...Buffer.from('innermost')]);
    bytes.writeUInt32LE(2, bytes.indexOf(name) - 6);
  });
  await t.throwsAsync(openImage(image), { code: 'image.ext2', message: /two names/ });
});

test('a block has one owner: nothing small claims to be large', async (t) => {
  const root = directory({ a: file('a'.repeat(8192)), b: file('b'.repeat(8192)) });
  const image = await imageOf(t, root);
  const { root: tree } = await openImage(image);
  t.is(tree.entries.size, 3);
  // The first block of `a` as the second of `b`: the pointers of inode 12 and 13.
  const table = image.readUInt32LE(4096 + 8) * 4096;
  const pointers = (inode: number) => table + (inode - 1) * 256 + 40;
  const bad = Buffer.from(image);
  bad.writeUInt32LE(bad.readUInt32LE(pointers(12)), pointers(13) + 4);
  await t.throwsAsync(openImage(bad), { code: 'image.ext2', message: /belongs to two files/ });
  const huge = Buffer.from(image);
  huge.writeUInt32LE(0x7fffffff, table + 11 * 256 + 108);
  await t.throwsAsync(openImage(huge), { code: 'image.ext2', message: /more than ext2 can hold/ });
});

test('a damaged image is extracted or refused, and nothing appears elsewhere', async (t) => {
  const { folder, iso } = await discOf(t, tortureTree().root);
  const good = await readFile(iso);
  const start = good.indexOf(await readFile(join(folder, 'disc/live/root.img')));
  t.true(start > 0);
  const bad = join(folder, 'bad.iso');
  const before = [...(await readdir(folder)), 'bad.iso'].sort();
  const place = fc.integer({ min: start + 1024, max: start + 40 * 4096 });
  const damage = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 20,
  });
  const property = fc.asyncProperty(damage, async (changes) => {
    await writeFile(bad, good);
    const handle = await open(bad, 'r+');
    for (const [at, value] of changes) await handle.write(Buffer.from([value]), 0, 1, at);
    await handle.close();
    const tar = join(await temporaryDirectory(t), 'root.tar');
    try {
      await extract({ disc: bad, tar, force: false }, CONTEXT);
      t.true(existsSync(tar));
    } catch (error) {
      t.true(error instanceof SnapdiscError && error.code.startsWith('image.'), String(error));
      t.false(existsSync(tar));
    }
    t.deepEqual((await readdir(folder)).sort(), before);
  });
  await t.notThrowsAsync(() => fc.assert(property, { numRuns: 60, endOnFailure: true }));
});

test('a disc that ends too early leaves nothing', async (t) => {
  const { folder, iso } = await discOf(t, tortureTree().root);
  const good = await readFile(iso);
  const start = good.indexOf(await readFile(join(folder, 'disc/live/root.img')));
  const cut = join(folder, 'cut.iso');
  await writeFile(cut, good.subarray(0, start + 60 * 4096));
  for (const [key, name] of [
    ['directory', 'd'],
    ['tar', 't'],
    ['rootImage', 'r'],
  ] as const) {
    const output = join(folder, name);
    const request = { disc: cut, force: false, [key]: output };
    const error = await t.throwsAsync(extract(request, CONTEXT), { instanceOf: SnapdiscError });
    t.regex((error as SnapdiscError).code, /^image\./);
    t.false(existsSync(output));
    t.false(existsSync(`${output}.partial`));
  }
});
