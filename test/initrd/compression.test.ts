import { gzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { packingsOf, unpackEach } from '../../src/initrd/compression.js';
import { run } from '../../src/process.js';

const XZ = { program: 'xz', purpose: 'judges', debianPackage: 'xz-utils' };
const ZSTD = { program: 'zstd', purpose: 'judges', debianPackage: 'zstd' };
const content = Buffer.from('a module, more or less '.repeat(500));

test('whatever a module is packed with, it is unpacked', async (t) => {
  const inputs = [
    content,
    gzipSync(content),
    await run(XZ, ['-c'], content),
    await run(ZSTD, ['-c'], content),
  ];
  const files = inputs.map((input, at) => ({ path: `m${at}.ko`, content: input }));
  t.deepEqual(await unpackEach(files), [content, content, content, content]);
  t.deepEqual(await unpackEach([]), []);
});

test('any contents come back, in their order', async (t) => {
  const module = fc.record({ bytes: fc.uint8Array({ maxLength: 300 }), isPacked: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(module, { maxLength: 12 }), async (modules) => {
      const contents = modules.map(({ bytes }) => Buffer.concat([Buffer.from('M'), bytes]));
      const files = contents.map((each, at) => ({
        path: 'm',
        content: modules[at]?.isPacked ? gzipSync(each) : each,
      }));
      t.deepEqual(await unpackEach(files), contents);
    }),
  );
});

test('damaged modules are named', async (t) => {
  const inputs = {
    'lib/modules/x.ko.gz': gzipSync(content),
    'x.ko.xz': await run(XZ, ['-c'], content),
    'x.ko.zst': await run(ZSTD, ['-c'], content),
  };
  for (const [path, packed] of Object.entries(inputs)) {
    const broken = { path, content: packed.subarray(0, packed.length / 2) };
    await t.throwsAsync(unpackEach([{ path: 'sound.ko', content }, broken]), {
      code: 'rootfs.module-broken',
      message: `/${path} can't be unpacked.`,
    });
  }
});

test('a module that unpacks to far more than any module is refused', async (t) => {
  const bomb = gzipSync(Buffer.alloc(129 * 1024 * 1024));
  await t.throwsAsync(unpackEach([{ path: 'bomb.ko.gz', content: bomb }]), {
    code: 'rootfs.module-broken',
  });
});

test('packings follow the applets', (t) => {
  t.deepEqual(packingsOf(['gunzip', 'xzcat']), ['.xz', '.gz', '']);
  t.deepEqual(packingsOf(['gunzip', 'unxz', 'zcat']), ['.gz', '']);
  t.deepEqual(packingsOf([]), ['']);
});
