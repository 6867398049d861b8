import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { main } from '../../src/cli/main.js';
import { contentDigest } from '../../src/diff/content-digest.js';
import { diffDiscs } from '../../src/diff/diff-discs.js';
import { fakeServices } from '../cli/fixtures/fake-services.js';
import { fakeTerminal } from '../cli/fixtures/fake-terminal.js';
import { CONTEXT, discOf } from '../extract/helpers.js';
import { device, directory, file, symlink, tortureTree } from '../fixtures/torture-tree.js';

test('a disc does not differ from its copy, nor with other headroom but in the image', async (t) => {
  const { folder, iso } = await discOf(t, tortureTree().root);
  const copy = join(folder, 'copy.iso');
  await copyFile(iso, copy);
  t.deepEqual(await diffDiscs([iso, copy], { times: true }, CONTEXT), { disc: [], root: [] });
  const roomy = await discOf(t, tortureTree().root, 2 ** 30);
  const { disc, root } = await diffDiscs([iso, roomy.iso], { times: false }, CONTEXT);
  t.deepEqual(root, []);
  t.deepEqual(
    disc.map(({ path, facets }) => [path, ...facets]),
    [['live/root.img', 'size']],
  );
});

test('every kind of change is told', async (t) => {
  const value = Buffer.from('x');
  const later = { mtime: { seconds: 1_700_000_000, nanoseconds: 0 } };
  const before = await discOf(
    t,
    directory({
      contents: file('a'.repeat(5000)),
      device: device('char', 1, 3),
      gone: directory({ inside: file('x') }),
      kind: file('x'),
      mode: file('x'),
      owner: file('x'),
      same: file('x'),
      size: file('x'),
      target: symlink('a'),
      time: file('x'),
      xattrs: file('x'),
    }),
  );
  const after = await discOf(
    t,
    directory({
      contents: file(`${'a'.repeat(4999)}b`),
      device: device('char', 1, 5),
      kind: symlink('x'),
      mode: file('x', { mode: 0o600 }),
      new: file('xyz'),
      owner: file('x', { uid: 1000 }),
      same: file('x'),
      size: file('xx'),
      target: symlink('b'),
      time: file('x', later),
      xattrs: file('x', { xattrs: [{ name: 'user.a', value }] }),
    }),
  );
  const discs = [before.iso, after.iso] as const;
  const { root } = await diffDiscs(discs, { times: true }, CONTEXT);
  const told = root.map(({ path, change, facets }) => [path, change, ...facets].join(' '));
  t.deepEqual(told, [
    'contents changed contents',
    'device changed device',
    'gone removed',
    'gone/inside removed',
    'kind changed kind mode',
    'mode changed mode',
    'new added',
    'owner changed owner',
    'size changed size',
    'target changed target',
    'time changed time',
    'xattrs changed xattrs',
  ]);
  const timeless = await diffDiscs(discs, { times: false }, CONTEXT);
  t.false(timeless.root.some(({ path }) => path === 'time'));

  const run = async (...flags: string[]) => {
    const terminal = fakeTerminal();
    const code = await main(['diff', ...discs, ...flags], { terminal, services: fakeServices() });
    return { code, out: terminal.stdout.text };
  };
  const people = await run('--no-times');
  t.is(people.code, 9);
  t.regex(people.out, /^Root filesystem: 1 added, 2 removed, 8 changed$/m);
  t.regex(people.out, /^ {2}changed {2}\/owner +owner 0:0 -> 1000:0$/m);
  t.regex(people.out, /^ {2}removed {2}\/gone\/$/m);
  const report = JSON.parse((await run('--json')).out);
  t.false(report.identical);
  t.like(report.rootFilesystem[5], {
    path: '/mode',
    before: { mode: '644' },
    after: { mode: '600' },
  });
  t.is((await run('-q')).out, '');
  const same = fakeTerminal();
  const context = { terminal: same, services: fakeServices() };
  t.is(await main(['diff', before.iso, before.iso], context), 0);
  t.is(same.stdout.text, 'The discs hold the same.\n');
});

test('digests are equal for equal bytes however they are cut, holes or zeros', async (t) => {
  const BLOCK = 4096;
  const contents = fc.array(fc.constantFrom(0, 1, 2), { maxLength: 12 });
  async function* cut(blocks: readonly number[], count: number, holes: boolean) {
    for (let first = 0; first < blocks.length; first += count) {
      const piece = blocks.slice(first, first + count);
      if (holes && piece.every((block) => block === 0)) continue;
      yield {
        offset: first * BLOCK,
        data: Buffer.concat(piece.map((n) => Buffer.alloc(BLOCK, n))),
      };
    }
  }
  const property = fc.asyncProperty(
    contents,
    contents,
    fc.integer({ min: 1, max: 5 }),
    async (a, b, n) => {
      const digest = await contentDigest(cut(a, 1, false));
      t.is(await contentDigest(cut(a, n, true)), digest);
      if (a.length !== b.length) return;
      t.is((await contentDigest(cut(b, n, false))) === digest, a.join() === b.join());
    },
  );
  await t.notThrowsAsync(() => fc.assert(property));
});
