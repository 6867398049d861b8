import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { run } from '../../src/process.js';
import { openDirectory } from '../../src/rootfs/directory/open-directory.js';
import { openTar } from '../../src/rootfs/tar/open-tar.js';
import {
  type Directory,
  fileFromContent,
  type Inode,
  type RegularFile,
} from '../../src/rootfs/tree.js';
import {
  describeSource,
  describeTree,
  isRoot,
  materialise,
  TAR,
  temporaryDirectory,
} from './helpers.js';

const byteNames = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'))
  .filter((name) => !/^\.{1,2}$|[\0/]/.test(name));

/** Others than root may set xattrs only on files they may write. */
const READABLE = isRoot ? 0o400 : 0o600;

const attributes = fc.record({
  mode: fc.integer({ min: 0, max: 0o7777 }).map((mode) => mode | READABLE),
  uid: isRoot ? fc.integer({ min: 0, max: 0xfffffffe }) : fc.constant(process.getuid?.() ?? 0),
  gid: isRoot ? fc.integer({ min: 0, max: 0xfffffffe }) : fc.constant(process.getgid?.() ?? 0),
  // What a double can carry exactly: Node sets times in seconds.
  mtime: fc.record({
    seconds: fc.integer({ min: -1_000_000, max: 6_000_000_000 }),
    nanoseconds: fc.constantFrom(0, 500_000_000, 250_000_000),
  }),
  xattrs: fc
    .dictionary(
      fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'b', '=', '%', '\xe9') }),
      fc.uint8Array({ maxLength: 40 }),
      { maxKeys: 2, noNullPrototype: true },
    )
    .map((values) =>
      Object.entries(values).map(([name, value]) => ({ name: `user.${name}`, value })),
    ),
});

const files = fc
  .tuple(attributes, fc.uint8Array({ maxLength: 3000 }), fc.array(fc.boolean(), { maxLength: 6 }))
  .map(([given, bytes, blocks]): RegularFile => {
    if (blocks.length === 0) return fileFromContent(bytes, given);
    // 64 KiB a block: what is left out becomes a hole on every filesystem.
    const content = Buffer.alloc(blocks.length * 65_536 + bytes.length);
    const runs: { offset: number; length: number }[] = [];
    blocks.forEach((isData, index) => {
      if (!isData) return;
      content.fill(index + 1, index * 65_536, (index + 1) * 65_536);
      runs.push({ offset: index * 65_536, length: 65_536 });
    });
    return { ...given, kind: 'file', size: content.length, runs, content };
  });

const symlinks = fc
  .tuple(attributes, fc.uint8Array({ minLength: 1, maxLength: 200 }))
  .map(([given, bytes]): Inode => {
    const target = Buffer.from(bytes).toString('latin1').replaceAll('\0', '/');
    return { ...given, mode: 0o777, xattrs: [], kind: 'symlink', target };
  });

const { directory } = fc.letrec<{ directory: Directory; inode: Inode }>((tie) => ({
  inode: fc.oneof({ maxDepth: 4 }, files, symlinks, tie('directory')),
  directory: fc
    .tuple(
      attributes,
      fc.uniqueArray(fc.tuple(byteNames, tie('inode')), {
        maxLength: 5,
        selector: ([name]) => name,
      }),
      byteNames,
    )
    .map(([given, entries, linkName]): Directory => {
      const map = new Map(entries);
      const linked = entries.find(([, inode]) => inode.kind === 'file');
      if (linked !== undefined && !map.has(linkName)) map.set(linkName, linked[1]);
      return { ...given, mode: given.mode | 0o700, kind: 'directory', entries: map };
    }),
}));

test('a random tree reads the same from the disk and from archives of it', async (t) => {
  const folder = await temporaryDirectory(t);
  let round = 0;
  const property = fc.asyncProperty(directory, async (root) => {
    const place = join(folder, String(++round));
    await mkdir(place);
    root.entries.set('bin', { ...root, xattrs: [], entries: new Map() });
    await materialise(root, place);
    const fromDisk = await openDirectory(place);
    t.deepEqual(fromDisk.warnings, []);
    const onDisk = await describeSource(t, fromDisk);
    t.deepEqual(onDisk, describeTree(root));
    for (const flags of [[], ['--sparse'], ['--sparse', '--sparse-version=0.1']]) {
      const archive = `${place}.tar`;
      const options = ['--format=pax', '--xattrs', '--xattrs-include=*', ...flags];
      await run(TAR, [...options, '-C', place, '-cf', archive, '.']);
      const fromTar = await openTar(archive);
      t.deepEqual(await describeSource(t, fromTar), onDisk);
      t.deepEqual(fromTar.warnings, []);
      await fromTar.close();
    }
  });
  await fc.assert(property, { numRuns: 40 });
});
