import { type FileHandle, open } from 'node:fs/promises';
import { SnapdiscError } from './errors.js';
import { systemReason } from './system-error.js';
import { MIB } from './units.js';

/** A disc image, or a drive with a disc in it, open for reading. */
export interface DiscImage {
  readonly path: string;
  /** Bytes; 0 for a drive. */
  readonly size: number;
  /** Gives `length` bytes from `offset` on, fewer only at the end. */
  readonly readAt: (offset: number, length: number) => Promise<Uint8Array>;
  close(): Promise<void>;
}

/** @throws SnapdiscError `image.missing` */
export async function openDiscImage(path: string): Promise<DiscImage> {
  const file = await openFile(path);
  const { size } = await file.stat();
  return {
    path,
    size,
    readAt: (offset, length) => readAt(file, offset, length),
    close: () => file.close(),
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    if (!(await file.stat()).isDirectory()) return file;
    await file.close();
  } catch (error) {
    throw new SnapdiscError(
      'image.missing',
      `The disc ${path} cannot be read: ${systemReason(error)}.`,
      {
        hint: 'Give the path of a disc image; snapdisc build makes one.',
        cause: error,
      },
    );
  }
  throw new SnapdiscError('image.missing', `${path} is a directory, not a disc image.`, {
    hint: 'snapdisc build makes a disc image of a directory.',
  });
}

/** Bytes that a single read takes: the system's call has 31 bits for them. */
const MAX_READ = 1024 * MIB;

async function readAt(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const wanted = Math.min(MAX_READ, length - done);
    const { bytesRead } = await file.read(buffer, done, wanted, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
