import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { chooseBaseCompression, compressBase } from '../../src/initrd/base-compression.js';
import { compress } from '../../src/initrd/compressor.js';
import { run } from '../../src/process.js';
import { hidePrograms, xzLayout } from './helpers/tools.js';
import { view } from './helpers/view.js';

const XZ = { program: 'xz', purpose: 'judges', debianPackage: 'xz-utils' };
const KERNEL = { version: '6.1.0', modules: 'lib/modules/6.1.0' };
const KNOWS_XZ = 'CONFIG_RD_GZIP=y\nCONFIG_RD_XZ=y\nCONFIG_XZ_DEC=y\nCONFIG_XZ_DEC_X86=y\n';

const choose = (arch: 'amd64' | 'i386', config: Record<string, string>) =>
  chooseBaseCompression(view(config), { ...KERNEL, arch });

test('xz for kernels of 64-bit machines whose configuration has it', async (t) => {
  for (const path of ['boot/config-6.1.0', 'lib/modules/6.1.0/config']) {
    t.is(await choose('amd64', { [path]: KNOWS_XZ }), 'xz', path);
    t.is(await choose('i386', { [path]: KNOWS_XZ }), 'gzip', path);
  }
});

test('gzip where the configuration does not say so', async (t) => {
  const without = (line: string) => KNOWS_XZ.replace(`${line}=y`, `# ${line} is not set`);
  t.is(await choose('amd64', {}), 'gzip');
  t.is(await choose('amd64', { 'boot/config-5.10.0': KNOWS_XZ }), 'gzip', 'of another kernel');
  for (const line of ['CONFIG_RD_XZ', 'CONFIG_XZ_DEC_X86']) {
    t.is(await choose('amd64', { 'boot/config-6.1.0': without(line) }), 'gzip', line);
  }
  const module = KNOWS_XZ.replace('CONFIG_RD_XZ=y', 'CONFIG_RD_XZ=m');
  t.is(await choose('amd64', { 'boot/config-6.1.0': module }), 'gzip');
});

test('xz as the kernel reads it: CRC32, the x86 filter, a dictionary of 1 MiB', async (t) => {
  const data = Buffer.from('initrd '.repeat(40_000));
  const packed = await compressBase(data, 'xz', compress);
  t.deepEqual(await run(XZ, ['-dc'], packed), data);
  t.deepEqual(await xzLayout(t, packed), {
    blocks: '1',
    check: 'CRC32',
    filters: '--x86 --lzma2=dict=1MiB',
  });
});

test.serial('gzip where this machine has no xz', async (t) => {
  hidePrograms(t);
  t.deepEqual(
    gunzipSync(await compressBase(Buffer.from('initrd'), 'xz', compress)),
    Buffer.from('initrd'),
  );
});

test('equal input gives equal bytes, whenever', async (t) => {
  const data = Buffer.from('initrd '.repeat(1000));
  const gzipped = await compressBase(data, 'gzip', compress);
  t.deepEqual(gunzipSync(gzipped), data);
  t.deepEqual([...gzipped.subarray(4, 8)], [0, 0, 0, 0], 'no time stamp');
  t.is((gzipped[3] ?? 0) & 8, 0, 'no file name');
  t.deepEqual(await compressBase(data, 'gzip', compress), gzipped);
  t.deepEqual(await compressBase(data, 'xz', compress), await compressBase(data, 'xz', compress));
});
