import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { cacheFolder } from '../../src/cache-folder.js';
import { rememberingCompressor } from '../../src/initrd/compression-cache.js';
import type { Compressor } from '../../src/initrd/compressor.js';
import { temporaryFolder } from './helpers/unpack.js';

const DATA = Buffer.from('a driver');

/** Counts how often it is asked; what it makes names the method. */
function counting(): { compressor: Compressor; asked: () => number } {
  let asked = 0;
  const compressor: Compressor = async (method, data) => {
    asked++;
    return Buffer.from(`${method} of ${data.toString()}`);
  };
  return { compressor, asked: () => asked };
}

test('what was compressed once is not compressed again', async (t) => {
  const folder = join(await temporaryFolder(t), 'not', 'there', 'yet');
  const { compressor, asked } = counting();
  const first = await rememberingCompressor(compressor, folder)('xz', DATA);
  const second = await rememberingCompressor(compressor, folder)('xz', DATA);
  t.is(asked(), 1);
  t.is(first?.toString(), 'xz of a driver');
  t.deepEqual(second, first);
});

test('other data and other methods are something else', async (t) => {
  const { compressor, asked } = counting();
  const remembering = rememberingCompressor(compressor, await temporaryFolder(t));
  await remembering('xz', DATA);
  t.is((await remembering('xz-x86', DATA))?.toString(), 'xz-x86 of a driver');
  t.is((await remembering('xz', Buffer.from('other')))?.toString(), 'xz of other');
  t.is(asked(), 3);
});

test('damaged, cut short or emptied entries are made anew', async (t) => {
  const folder = await temporaryFolder(t);
  const { compressor, asked } = counting();
  const remembering = rememberingCompressor(compressor, folder);
  const made = await remembering('xz', DATA);
  const [name = ''] = await readdir(folder);
  const entry = await readFile(join(folder, name));
  const flipped = Buffer.from(entry);
  flipped[40] = (flipped[40] ?? 0) ^ 1;
  for (const damaged of [flipped, entry.subarray(0, -1), entry.subarray(0, 7), Buffer.alloc(0)]) {
    await writeFile(join(folder, name), damaged);
    const before = asked();
    t.deepEqual(await remembering('xz', DATA), made);
    t.is(asked(), before + 1);
    t.deepEqual(await readFile(join(folder, name)), entry);
  }
});

test('a folder that can not be made costs nothing but time', async (t) => {
  const { compressor, asked } = counting();
  const remembering = rememberingCompressor(compressor, '/dev/null/cache');
  t.is((await remembering('xz', DATA))?.toString(), 'xz of a driver');
  await remembering('xz', DATA);
  t.is(asked(), 2);
});

test('what this machine can not compress is not remembered', async (t) => {
  const folder = join(await temporaryFolder(t), 'cache');
  t.is(await rememberingCompressor(async () => undefined, folder)('xz', DATA), undefined);
  await t.throwsAsync(readdir(folder), { code: 'ENOENT' });
});

test('the entries that were not used for the longest time go first', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(folder, { recursive: true });
  const large = Buffer.alloc(30 * 1024 * 1024);
  for (const [name, day] of [
    ['oldest', 1],
    ['older', 2],
  ] as const) {
    await writeFile(join(folder, name), large);
    await utimes(join(folder, name), day * 86_400, day * 86_400);
  }
  await rememberingCompressor(async () => large, folder)('gzip', DATA);
  const names = await readdir(folder);
  t.is(names.length, 2);
  t.true(names.includes('older'));
});

test('an entry that is used stays young', async (t) => {
  const folder = await temporaryFolder(t);
  const remembering = rememberingCompressor(counting().compressor, folder);
  await remembering('xz', DATA);
  const [name = ''] = await readdir(folder);
  await utimes(join(folder, name), 1, 1);
  await remembering('xz', DATA);
  t.true((await stat(join(folder, name))).mtimeMs > 1_000_000);
});

test('the folder is that of the XDG Base Directory Specification', (t) => {
  t.is(cacheFolder({ HOME: '/home/me' }), '/home/me/.cache/snapdisc');
  t.is(cacheFolder({ HOME: '/home/me', XDG_CACHE_HOME: '/caches' }), '/caches/snapdisc');
  t.is(cacheFolder({ HOME: '/home/me', XDG_CACHE_HOME: 'relative' }), '/home/me/.cache/snapdisc');
  t.is(cacheFolder({ HOME: '/home/me', SNAPDISC_CACHE: '/own' }), '/own');
  t.is(cacheFolder({ HOME: '/home/me', SNAPDISC_CACHE: '' }), '/home/me/.cache/snapdisc');
  t.is(cacheFolder({}), undefined);
});
