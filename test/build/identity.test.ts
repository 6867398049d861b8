import test from 'ava';
import { discIdentity, formatUuid } from '../../src/build/identity.js';
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

test('the UUID is of version 8 and the RFC 9562 variant', (t) => {
  const { uuid, hashSeed, diskId } = discIdentity(tree('x'), recipeWith());
  t.regex(
    formatUuid(uuid),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  t.is(hashSeed.length, 16);
  t.true(diskId > 0 && diskId < 2 ** 32);
});
