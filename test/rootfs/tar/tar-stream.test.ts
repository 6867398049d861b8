import { buffer } from 'node:stream/consumers';
import test from 'ava';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { openTar } from '../../../src/rootfs/tar/open-tar.js';
import { lookup } from '../../../src/rootfs/tree.js';
import { temporaryFile } from '../helpers.js';

/** Another writer's view of the format: within its limits, which it does not tell when it crosses them. */
const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((name) => !/[\0/]|^\.{1,2}$/.test(name) && Buffer.byteLength(name) < 255);

const files = fc.uniqueArray(
  fc.record({
    path: fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => ['d', ...parts].join('/')),
    data: fc.uint8Array({ maxLength: 1500 }),
    uid: fc.nat(0o777777),
    mode: fc.integer({ min: 1, max: 0o7777 }),
    seconds: fc.nat(0x7fffffff),
  }),
  { maxLength: 6, selector: ({ path }) => path },
);

test('what tar-stream packs is read back', async (t) => {
  const property = fc.asyncProperty(files, async (entries) => {
    const paths = entries.map(({ path }) => path);
    fc.pre(!paths.some((path) => paths.some((other) => other.startsWith(`${path}/`))));
    const packer = pack();
    for (const { path, data, uid, mode, seconds } of entries) {
      const header = {
        name: path,
        uid,
        mode,
        mtime: new Date(seconds * 1000),
        type: 'file' as const,
      };
      packer.entry(header, Buffer.from(data));
    }
    packer.entry({ name: 'last', type: 'directory' });
    packer.finalize();
    const source = await openTar(await temporaryFile(t, await buffer(packer)));
    for (const { path, data, uid, mode, seconds } of entries) {
      const found = lookup(source.root, Buffer.from(path).toString('latin1'));
      if (found?.kind !== 'file') return t.fail(`no file ${path}`);
      t.deepEqual([found.uid, found.mode, found.mtime.seconds], [uid, mode, seconds]);
      t.true((await source.fetch([found])).get(found)?.equals(data));
    }
    t.is(lookup(source.root, 'last')?.kind, 'directory');
    await source.close();
  });
  await fc.assert(property, { numRuns: 60 });
});
