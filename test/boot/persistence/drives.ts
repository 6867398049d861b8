import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { run } from '../../../src/process.js';

const SECTOR = 512;
const MIB = 1024 * 1024;

/** A disk with two partitions, in bytes: a store, and a place for marks. */
export const PARTITIONS = {
  store: { from: MIB, to: 65 * MIB },
  marks: { from: 65 * MIB, to: 72 * MIB },
} as const;
/** The boot sector's signature of the disk, from which PARTUUIDs are made. */
export const DISK_SIGNATURE = 0xcafe1234;

/** The store of another disc, or `text` in its place, on a partitioned disk. */
export async function writePartitionedDisk(file: string, text: string): Promise<void> {
  const disk = Buffer.alloc(PARTITIONS.marks.to);
  disk.writeUInt32LE(DISK_SIGNATURE, 440);
  Object.values(PARTITIONS).forEach(({ from, to }, index) => {
    const entry = 446 + index * 16;
    disk[entry + 4] = 0x83;
    disk.writeUInt32LE(from / SECTOR, entry + 8);
    disk.writeUInt32LE((to - from) / SECTOR, entry + 12);
  });
  disk.writeUInt16LE(0xaa55, 510);
  disk.write(text, PARTITIONS.store.from);
  await writeFile(file, disk);
}

/** A store's header, made from its description in docs/persistence.md. */
export function storeHeader(disc: string, sectors: number): string {
  const lines = ['snapdisc store 1', `disc=${disc}`, 'created=2026-01-31T12:00:00Z'];
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
