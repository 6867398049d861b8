/**
 * Remembers what data became when it was compressed. The drivers of a kernel are the same in every
 * build of a disc with that kernel, and compressing them takes longer than everything else.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB } from '../units.js';
import type { CompressionMethod, Compressor } from './compressor.js';

/** Some 15 kernels. What was not used for the longest time goes first. */
const MAX_BYTES = 64 * MIB;
const DIGEST_BYTES = 32;
/** Part of every key: another number makes everything anew. */
const VERSION = 1;

/**
 * `compressor`, except that what it once made is taken from `folder`. A cache that can't be read or
 * written only costs time.
 */
export function rememberingCompressor(compressor: Compressor, folder: string): Compressor {
  return async (method, data) => {
    const path = join(folder, entryName(method, data));
    const known = await readEntry(path);
    if (known !== undefined) return known;
    const made = await compressor(method, data);
    if (made !== undefined) await writeEntry(folder, path, made).catch(() => {});
    return made;
  };
}

function entryName(method: CompressionMethod, data: Buffer): string {
  return createHash('sha256').update(`${VERSION} ${method}\n`).update(data).digest('hex');
}

/** An entry is its own digest and then the data: one that a killed build cut short is none. */
async function readEntry(path: string): Promise<Buffer | undefined> {
  try {
    const entry = await readFile(path);
    const data = entry.subarray(DIGEST_BYTES);
    if (!digest(data).equals(entry.subarray(0, DIGEST_BYTES))) return undefined;
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    return data;
  } catch {
    return undefined;
  }
}

async function writeEntry(folder: string, path: string, data: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, Buffer.concat([digest(data), data]), { mode: 0o600 });
  await removeOldest(folder);
}

async function removeOldest(folder: string): Promise<void> {
  const paths = (await readdir(folder)).map((name) => join(folder, name));
  const entries = await Promise.all(paths.map(async (path) => ({ path, ...(await facts(path)) })));
  entries.sort((one, other) => other.used - one.used);
  let total = 0;
  for (const { path, size } of entries) {
    total += size;
    if (total > MAX_BYTES) await rm(path, { force: true });
  }
}

async function facts(path: string): Promise<{ size: number; used: number }> {
  const { size, mtimeMs } = await stat(path);
  return { size, used: mtimeMs };
}

function digest(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
