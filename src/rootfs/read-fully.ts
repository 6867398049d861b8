import { readSync } from 'node:fs';

/** Reads up to `length` bytes at `position`, fewer only at the end of the file. */
export function readFully(descriptor: number, position: number, length: number): Buffer {
  const data = Buffer.allocUnsafeSlow(Math.max(length, 0));
  let filled = 0;
  while (filled < data.length) {
    const got = readSync(descriptor, data, filled, data.length - filled, position + filled);
    if (got === 0) break;
    filled += got;
  }
  return data.subarray(0, filled);
}
