import fc from 'fast-check';
import {
  type DataRun,
  type Directory,
  fileFromContent,
  type Inode,
  type InodeAttributes,
  type RegularFile,
} from '../../src/rootfs/tree.js';
import { EXT2_BLOCK } from '../../src/units.js';

/** Arbitrary trees for property tests, lost+found always among their entries. */

const bytes = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)),
  minLength: 1,
  maxLength: 255,
});
const name = fc
  .oneof(bytes, fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 4 }))
  .filter((text) => text !== '.' && text !== '..' && !text.includes('/'));

const xattr = fc.record({
  name: fc
    .tuple(fc.constantFrom('user.', 'trusted.', 'security.'), bytes)
    .map(([prefix, rest]) => prefix + rest.slice(0, 60)),
  value: fc.uint8Array({ maxLength: 120 }),
});

const attributes: fc.Arbitrary<InodeAttributes> = fc.record({
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  gid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  mtime: fc.record({
    seconds: fc.integer({ min: -(2 ** 31), max: 10_737_418_239 }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  }),
  xattrs: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    fc.uniqueArray(xattr, { maxLength: 4, selector: (entry) => entry.name }),
  ),
});

const runs: fc.Arbitrary<DataRun[]> = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 40 * EXT2_BLOCK }),
      length: fc.integer({ min: 1, max: 20 * EXT2_BLOCK }),
    }),
    { maxLength: 5 },
  )
  .map((pieces) => {
    let end = -1;
    return pieces.map(({ gap, length }) => {
      const offset = end + gap;
      end = offset + length;
      return { offset, length };
    });
  });

const sparse: fc.Arbitrary<RegularFile> = fc
  .tuple(attributes, runs, fc.integer({ min: 0, max: 10_000 }))
  .map(([common, pieces, tail]) => {
    const last = pieces.at(-1);
    const size = (last === undefined ? 0 : last.offset + last.length) + tail;
    return { ...common, kind: 'file', size, runs: pieces };
  });

const leaf: fc.Arbitrary<Inode> = fc.oneof(
  fc
    .tuple(attributes, fc.uint8Array({ maxLength: 9000 }))
    .map(([common, content]) => fileFromContent(content, common)),
  sparse,
  fc
    .tuple(attributes, bytes, fc.integer({ min: 1, max: 16 }))
    .map(([common, target, times]): Inode => {
      return { ...common, kind: 'symlink', target: target.repeat(times) };
    }),
  fc
    .tuple(
      attributes,
      fc.constantFrom('block' as const, 'char' as const),
      fc.integer({ min: 0, max: 4095 }),
      fc.integer({ min: 0, max: 1_048_575 }),
    )
    .map(([common, kind, major, minor]): Inode => ({ ...common, kind, major, minor })),
  fc
    .tuple(attributes, fc.constantFrom('fifo' as const, 'socket' as const))
    .map(([common, kind]): Inode => ({ ...common, kind })),
);

const { tree } = fc.letrec<{ tree: Directory; node: Inode }>((tie) => ({
  node: fc.oneof({ maxDepth: 4, depthSize: 'small' }, leaf, tie('tree')),
  tree: fc
    .tuple(attributes, fc.array(fc.tuple(name, tie('node')), { maxLength: 12 }))
    .map(([common, entries]): Directory => {
      return { ...common, kind: 'directory', entries: new Map(entries) };
    }),
}));

export const randomTree: fc.Arbitrary<Directory> = fc
  .tuple(tree, tree, fc.nat(), fc.nat(), name)
  .map(([root, lostAndFound, from, to, linkName]) => {
    root.entries.set('lost+found', lostAndFound);
    hardLink(root, from, to, linkName);
    return root;
  });

/** Gives one of the files a second name in one of the directories, where the name is free. */
function hardLink(root: Directory, from: number, to: number, linkName: string): void {
  const inodes = [...everything(root)];
  const files = inodes.filter(({ kind }) => kind !== 'directory');
  const directories = inodes.filter((inode) => inode.kind === 'directory');
  const file = files[from % Math.max(files.length, 1)];
  const entries = directories[to % directories.length]?.entries;
  if (file !== undefined && entries?.has(linkName) === false) entries.set(linkName, file);
}

export function* everything(directory: Directory): Generator<Inode> {
  yield directory;
  for (const inode of directory.entries.values()) {
    if (inode.kind === 'directory') yield* everything(inode);
    else yield inode;
  }
}

/** Ranges of blocks, sensible or not, of inodes in `root` or not. */
export function randomPlacement(root: Directory) {
  const inodes = [...everything(root)];
  const stranger: RegularFile = {
    ...root,
    kind: 'file',
    size: 9000,
    runs: [{ offset: 0, length: 9000 }],
  };
  return fc.array(
    fc.record({
      inode: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...inodes) }, fc.constant(stranger)),
      firstBlock: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: -5, max: 2 ** 32 })),
      count: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(-1, 2 ** 40, Number.NaN)),
      isIndirect: fc.boolean(),
    }),
    { maxLength: 30 },
  );
}
