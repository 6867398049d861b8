import { readFile } from 'node:fs/promises';

/** What a drive was asked to do, in the order in which it was done. */
export type DriveEvent =
  | { readonly kind: 'flush' }
  | {
      readonly kind: 'write';
      /** In bytes. */
      readonly at: number;
      readonly data: Buffer;
    };

const MAGIC = 0x6a736677736872n;
/** The log's own sectors, QEMU's default. */
const SECTOR = 512;
const FLUSH = 1;
const DISCARD = 4;

/**
 * A log in the format of the kernel's dm-log-writes, as QEMU's blklogwrites writes it: a superblock,
 * then for each event a sector with its header, and the data behind it. QEMU logs an event when it is
 * done.
 */
export async function readWriteLog(file: string): Promise<DriveEvent[]> {
  const log = await readFile(file);
  if (log.readBigUInt64LE(0) !== MAGIC) throw new Error(`${file} is no write log`);
  const count = Number(log.readBigUInt64LE(16));
  const events: DriveEvent[] = [];
  let at = SECTOR;
  for (let index = 0; index < count; index++) {
    const [sector, sectors, flags] = [0, 8, 16].map((field) =>
      Number(log.readBigUInt64LE(at + field)),
    ) as [number, number, number];
    at += SECTOR;
    if ((flags & FLUSH) !== 0) events.push({ kind: 'flush' });
    // A discarded block may keep its content.
    if ((flags & DISCARD) !== 0) continue;
    const data = log.subarray(at, at + sectors * SECTOR);
    if (sectors > 0) events.push({ kind: 'write', at: sector * SECTOR, data });
    at += sectors * SECTOR;
  }
  return events;
}
