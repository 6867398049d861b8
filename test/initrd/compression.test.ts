import { gunzipSync, gzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import type { SnapdiscError } from '../../src/errors.js';
import { packEach, packingsOf } from '../../src/initrd/compression.js';
import { run } from '../../src/process.js';

const XZ = { program: 'xz', purpose: 'judges', debianPackage: 'xz-utils' };
const ZSTD = { program: 'zstd', purpose: 'judges', debianPackage: 'zstd' };
const BUSYBOX = { program: 'busybox', purpose: 'judges', debianPackage: 'busybox-static' };
const content = Buffer.from('a module, more or less '.repeat(500));

test('whatever a module is packed with, it is packed anew', async (t) => {
  const inputs = [
    content,
    gzipSync(content),
    await run(XZ, ['-c'], content),
    await run(ZSTD, ['-c'], content),
  ];
  const files = inputs.map((input, at) => ({ path: `m${at}.ko`, content: input }));
  for (const suffix of ['.xz', '.gz', ''] as const) {
    const packed = await packEach(files, [suffix]);
    t.is(packed.suffix, suffix);
    for (const each of packed.contents) {
      const plain =
        suffix === '.xz'
          ? await run(XZ, ['-dc'], each)
          : suffix === '.gz'
            ? gunzipSync(each)
            : each;
      t.deepEqual(plain, content);
    }
  }
});

test('busybox reads the xz and gzip files that are written', async (t) => {
  const large = Buffer.alloc(600_000, content);
  const reads = async (applet: string, suffix: '.xz' | '.gz') => {
    const { contents } = await packEach([{ path: 'm', content: large }], [suffix]);
    const said = await run(BUSYBOX, [applet], contents[0]).catch(
      (error: SnapdiscError) => error.code,
    );
    if (said === 'tool.missing') t.log('busybox is not installed here');
    else t.deepEqual(said, large);
  };
  await reads('xzcat', '.xz');
  await reads('zcat', '.gz');
  t.true(large.length > 0);
});

test('any contents come back, in their order', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), async (all) => {
      const files = all.map((each) => ({
        path: 'm',
        content: Buffer.concat([Buffer.from('M'), each]),
      }));
      const { contents } = await packEach(files, ['.gz']);
      t.deepEqual(
        contents.map((each) => gunzipSync(each)),
        files.map((each) => each.content),
      );
    }),
  );
});

test('damaged modules are named', async (t) => {
  const broken = gzipSync(content).subarray(0, 60);
  await t.throwsAsync(packEach([{ path: 'lib/modules/x.ko.gz', content: broken }], ['']), {
    code: 'rootfs.module-broken',
    message: "/lib/modules/x.ko.gz can't be unpacked.",
  });
  const xz = (await run(XZ, ['-c'], content)).subarray(0, 40);
  await t.throwsAsync(packEach([{ path: 'x.ko.xz', content: xz }], ['.xz']), {
    code: 'rootfs.module-broken',
  });
});

test('packings follow the applets', (t) => {
  t.deepEqual(packingsOf(['unxz', 'xzcat', 'gunzip', 'zcat']), ['.xz', '.gz', '']);
  t.deepEqual(packingsOf(['gunzip', 'zcat', 'xzcat']), ['.gz', '']);
  t.deepEqual(packingsOf([]), ['']);
});
