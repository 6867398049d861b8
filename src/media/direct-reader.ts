import { stream, type Tool } from '../process.js';

export const DD: Tool = {
  program: 'dd',
  purpose: 'reads back what was written, past the page cache',
  debianPackage: 'coreutils',
};

/** Bytes of a device or file, from `start` to the one before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A range of a device or file (whole sectors of the device), in pieces, from the medium itself: Node cannot
 * align its buffers, which O_DIRECT asks for.
 * @throws SnapdiscError `tool.failed` where it cannot be read
 */
export function readDirect(path: string, { start, end }: ByteRange): AsyncGenerator<Buffer> {
  const range = [`skip=${start}`, `count=${end - start}`, 'iflag=direct,skip_bytes,count_bytes'];
  return stream(DD, [`if=${path}`, 'bs=1M', ...range, 'status=none']);
}
