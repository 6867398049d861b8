import test from 'ava';
import { formatUuid, discIdentity as identityOf } from '../../src/build/identity.js';
import type { BlockRange } from '../../src/ext2/index.js';
import type { Recipe } from '../../src/recipe/recipe.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { type Directory, fileFromContent } from '../../src/rootfs/tree.js';

const attributes = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 1, nanoseconds: 0 },
  xattrs: [],
};
const recipeWith = (more: object = {}) => parseRecipe({ source: 'a', output: 'b.iso', ...more });
const tree = (text: string, mode = 0o644): Directory => ({
  ...attributes,
  kind: 'directory',
  entries: new Map([['file', fileFromContent(Buffer.from(text), { ...attributes, mode })]]),
});

const discIdentity = (root: Directory, recipe: Recipe, hot: readonly BlockRange[] = []) =>
  identityOf(root, recipe, hot);

test('equal input gives an equal identity, wherever it came from and goes', (t) => {
  const one = discIdentity(tree('x'), recipeWith());
  t.deepEqual(
    discIdentity(tree('x'), recipeWith({ source: 'elsewhere', output: 'c.iso', parts: 'parts' })),
    one,
  );
});

test('where included files lie is no part of the identity, but their names are', (t) => {
  const [here, there, other] = ['hook', '/elsewhere/hook', '/elsewhere/other'].map(
    (hook) => discIdentity(tree('x'), recipeWith({ initrdHooks: [hook] })).uuid,
  );
  t.deepEqual(here, there);
  t.notDeepEqual(there, other);
});

test('metadata, contents the build made and options each change the identity', (t) => {
  const all = [
    discIdentity(tree('x'), recipeWith()),
    discIdentity(tree('y'), recipeWith()),
    discIdentity(tree('x', 0o600), recipeWith()),
    discIdentity(tree('x'), recipeWith({ label: 'OTHER' })),
    discIdentity(tree('x'), recipeWith({ headroomBytes: 0 })),
  ].map(({ uuid }) => formatUuid(uuid));
  t.is(new Set(all).size, all.length);
});

test('what decides where files lie changes the identity: a store would not fit the other disc', (t) => {
  const file = (name: string, runs = [{ offset: 0, length: 9000 }]) =>
    [name, { ...attributes, kind: 'file' as const, size: 9000, runs }] as const;
  const treeOf = (...entries: ReturnType<typeof file>[]): Directory => ({
    ...attributes,
    kind: 'directory',
    entries: new Map(entries),
  });
  const uuid = (root: Directory, hot: readonly BlockRange[] = []) =>
    formatUuid(discIdentity(root, recipeWith({ profile: 'boot.profile' }), hot).uuid);
  const root = treeOf(file('a'), file('b'));
  const [a, b] = [...root.entries.values()];
  if (a === undefined || b === undefined) throw new Error('the tree has two files');
  const whole = (inode: typeof a): BlockRange => ({ inode, firstBlock: 0, count: 3 });
  const all = [
    uuid(root),
    uuid(root, [whole(a), whole(b)]),
    uuid(root, [whole(b), whole(a)]),
    uuid(root, [whole(a), { ...whole(b), firstBlock: 1 }]),
    uuid(root, [whole(a), { ...whole(b), count: 2 }]),
    uuid(root, [whole(a), { ...whole(b), isIndirect: true }]),
    uuid(root, [whole(a), { ...whole(b), isXattr: true }]),
    uuid(treeOf(file('a'), file('b', [{ offset: 8192, length: 808 }]))),
  ];
  t.is(new Set(all).size, all.length);
  // The same from another scan of the same files.
  const again = treeOf(file('a'), file('b'));
  const [first] = [...again.entries.values()];
  t.is(uuid(again, first && [whole(first)]), uuid(root, [whole(a)]));
});

test('the UUID is of version 8 and the RFC 9562 variant', (t) => {
  const { uuid, hashSeed, diskId } = discIdentity(tree('x'), recipeWith());
  t.regex(
    formatUuid(uuid),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  t.is(hashSeed.length, 16);
  t.true(diskId > 0 && diskId < 2 ** 32);
});
