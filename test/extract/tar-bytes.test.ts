import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { aclText } from '../../src/extract/tar/acl-text.js';
import { encodePax } from '../../src/extract/tar/pax-header.js';
import { tarBytes } from '../../src/extract/tar/tar-bytes.js';
import { run } from '../../src/process.js';
import { openTar } from '../../src/rootfs/tar/open-tar.js';
import { parsePaxRecords } from '../../src/rootfs/tar/pax.js';
import type { Directory } from '../../src/rootfs/tree.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { randomTree } from '../ext2/random-trees.js';
import { directory, file, wireAcl } from '../fixtures/torture-tree.js';
import { describeSource, describeTree } from '../rootfs/helpers.js';
import { dataOf, judge } from './helpers.js';

async function archiveOf(root: Directory): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of tarBytes(root, dataOf)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** What the tree would say of itself, its data being dataOf's. */
async function describeWanted(root: Directory): Promise<string[]> {
  const contents = new Map();
  const visit = async ({ entries }: Directory): Promise<void> => {
    for (const inode of entries.values()) {
      if (inode.kind === 'directory') await visit(inode);
      if (inode.kind !== 'file') continue;
      const content = Buffer.alloc(inode.size);
      for await (const { offset, data } of dataOf(inode)) content.set(data, offset);
      contents.set(inode, content);
    }
  };
  await visit(root);
  return describeTree(root, contents);
}

/** Archives hold none. */
function removeSockets({ entries }: Directory): void {
  for (const [name, inode] of entries) {
    if (inode.kind === 'socket') entries.delete(name);
    if (inode.kind === 'directory') removeSockets(inode);
  }
}

test('our reader finds in the archive any tree that was written', async (t) => {
  const path = join(await temporaryDirectory(t), 'root.tar');
  const property = fc.asyncProperty(randomTree, async (root) => {
    await writeFile(path, await archiveOf(root));
    const source = await openTar(path);
    removeSockets(root);
    const found = await describeSource(t, source);
    const wanted = await describeWanted(root);
    await source.close();
    t.deepEqual(found, wanted);
  });
  await t.notThrowsAsync(() => fc.assert(property, { numRuns: 60, endOnFailure: true }));
});

test('GNU tar has nothing to say about names of any bytes and length', async (t) => {
  const path = join(await temporaryDirectory(t), 'root.tar');
  const names = ['a', '\xe9\xff', 'n'.repeat(255), `${'\xfe'.repeat(250)}`, 'new\nline'];
  const root = directory(names.map((name) => [name, file('x')] as const));
  await writeFile(path, await archiveOf(root));
  const flags = ['--list', '--null', '--quoting-style=literal', '--show-transformed-names'];
  const listed = (
    await run(judge('sh', 'dash'), ['-c', `tar ${flags.join(' ')} -f "$1" 2>&1`, 'sh', path])
  )
    .toString('latin1')
    .split(/\n(?=\.\/)/);
  t.deepEqual(
    listed.map((name) => name.replace(/\n$/, '')).sort(),
    ['./', ...names.map((name) => `./${name}`)].sort(),
  );
});

test('a PAX record counts its own length', (t) => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  });
  const property = fc.property(fc.array(text, { minLength: 1 }), (values) => {
    const records = values.map((value, index) => [`key${index}`, value] as const);
    const parsed = parsePaxRecords(encodePax(records), 0);
    t.deepEqual(
      parsed.map(({ key, value }) => [key, value.toString('latin1')]),
      records.map(([key, value]) => [key, value]),
    );
  });
  t.notThrows(() => fc.assert(property));
  for (let length = 0; length < 1100; length++) {
    const data = encodePax([['k', 'x'.repeat(length)]]);
    t.is(Number.parseInt(data.toString('latin1'), 10), data.length);
  }
});

test('ACLs become the text of acl(5)', (t) => {
  const value = wireAcl([
    [0x01, 6, 0xffffffff],
    [0x02, 5, 1000],
    [0x04, 4, 0xffffffff],
    [0x08, 0, 70_000],
    [0x10, 7, 0xffffffff],
    [0x20, 1, 0xffffffff],
  ]);
  t.is(aclText(value), 'user::rw-,user:1000:r-x,group::r--,group:70000:---,mask::rwx,other::--x');
  t.is(aclText(Buffer.from('nonsense')), undefined);
  t.is(aclText(wireAcl([[0x40, 7, 0]])), undefined);
});
