import { createHash } from 'node:crypto';
import { copyFile, open, stat, truncate, writeFile } from 'node:fs/promises';
import { run } from '../../../src/process.js';
import { CHUNK, MAGIC } from './snapshot-store.js';

const SECTOR = 512;
const MIB = 1024 * 1024;
/** Partitions in a boot sector: where their entries begin, and the length of each. */
const [FIRST_ENTRY, ENTRY] = [446, 16];

/** A disk with two partitions, in bytes: a store, and a place for marks. */
export const PARTITIONS = {
  store: { from: MIB, to: 65 * MIB },
  marks: { from: 65 * MIB, to: 72 * MIB },
} as const;
/** The boot sector's signature of the disk, from which PARTUUIDs are made. */
export const DISK_SIGNATURE = 0xcafe1234;

/** The store of another disc, or `text` in its place, with a snapshot behind it, on a partitioned disk. */
export async function writePartitionedDisk(file: string, text: string): Promise<void> {
  const disk = Buffer.alloc(PARTITIONS.marks.to);
  disk.writeUInt32LE(DISK_SIGNATURE, 440);
  Object.values(PARTITIONS).forEach(({ from, to }, index) => {
    disk.set(partitionEntry(from, to), FIRST_ENTRY + index * ENTRY);
  });
  disk.writeUInt16LE(0xaa55, 510);
  const { from } = PARTITIONS.store;
  disk.write(text, from);
  // Valid, version 1, chunks of 8 sectors; chunk 5 of the origin is stored in chunk 2.
  for (const [index, word] of [MAGIC, 1, 1, CHUNK / SECTOR].entries())
    disk.writeUInt32LE(word, from + CHUNK + index * 4);
  for (const [index, chunk] of [5n, 2n].entries())
    disk.writeBigUInt64LE(chunk, from + 2 * CHUNK + index * 8);
  await writeFile(file, disk);
}

/** Of a Linux partition, in the boot sector; bytes. */
function partitionEntry(from: number, to: number): Buffer {
  const entry = Buffer.alloc(ENTRY);
  entry[4] = 0x83;
  entry.writeUInt32LE(from / SECTOR, 8);
  entry.writeUInt32LE((to - from) / SECTOR, 12);
  return entry;
}

/** A stick with the disc, and an empty store of it in a second partition; gives where that begins. */
export async function writeStick(iso: string, file: string, disc: string): Promise<number> {
  const from = (await stat(iso)).size;
  const to = from + 32 * MIB;
  await copyFile(iso, file);
  await truncate(file, to);
  const stick = await open(file, 'r+');
  try {
    await stick.write(partitionEntry(from, to), 0, ENTRY, FIRST_ENTRY + ENTRY);
    await stick.write(storeHeader(disc, (to - from) / SECTOR - 8), from);
  } finally {
    await stick.close();
  }
  return from;
}

/** A store's header, made from its description in docs/persistence.md. */
export function storeHeader(
  disc: string,
  sectors: number | string,
  created = '2026-01-31T12:00:00Z',
): string {
  const lines = ['snapdisc store 1', `disc=${disc}`, `created=${created}`];
  const body = `${[...lines, `sectors=${sectors}`].join('\n')}\n`;
  return `${body}sha256=${createHash('sha256').update(body).digest('hex')}\n`;
}

/** A file system with a label, made by the tools of its kind. */
export async function writeExt4(file: string, mib: number, label: string): Promise<void> {
  const mke2fs = { program: 'mke2fs', purpose: 'makes a drive', debianPackage: 'e2fsprogs' };
  await run(mke2fs, ['-q', '-t', 'ext4', '-L', label, file, `${mib}M`]);
}

/** A drive with nothing on it. */
export async function writeBlank(file: string, mib: number): Promise<void> {
  await writeFile(file, Buffer.alloc(mib * MIB));
}

/** Of the root file system, as a disc's initrd has it (docs/boot.md). */
export function discUuid(initrd: Buffer): string {
  const uuid = /\bUUID=([0-9a-f]{32})\n/.exec(initrd.toString('latin1'))?.[1];
  if (uuid === undefined) throw new Error('the initrd has no UUID');
  return uuid;
}

/** The volume's serial number as `blkid` writes it: FAT32's boot sector has it at 67. */
export async function fatUuid(file: string): Promise<string> {
  const number = (await bytesAt(file, 67, 4)).reverse().toString('hex').toUpperCase();
  return `${number.slice(0, 4)}-${number.slice(4)}`;
}

/** Linux marks a FAT32 while it is mounted: bit 0 at 65 (fs/fat/inode.c, fat_set_state). */
export async function fatIsClean(file: string): Promise<boolean> {
  const [state = 1] = await bytesAt(file, 65, 1);
  return (state & 1) === 0;
}

/** ext4 needs no recovery: INCOMPAT_RECOVER, bit 2 at 0x60 of the superblock. */
export async function journalIsEmpty(file: string): Promise<boolean> {
  const [features = 4] = await bytesAt(file, 1024 + 0x60, 1);
  return (features & 4) === 0;
}

async function bytesAt(file: string, at: number, length: number): Promise<Buffer> {
  const drive = await open(file, 'r');
  try {
    const { buffer } = await drive.read(Buffer.alloc(length), 0, length, at);
    return buffer;
  } finally {
    await drive.close();
  }
}
