import { stream, type Tool } from '../process.js';

export const DD: Tool = {
  program: 'dd',
  purpose: 'reads back what was written, past the page cache',
  debianPackage: 'coreutils',
};

/**
 * The first `length` bytes (a multiple of the device's sectors) of a device or file, in pieces, from the medium itself: Node cannot align its
 * buffers, which O_DIRECT asks for.
 * @throws SnapdiscError `tool.failed` where it cannot be read
 */
export function readDirect(path: string, length: number): AsyncGenerator<Buffer> {
  const count = [`count=${length}`, 'iflag=direct,count_bytes'];
  return stream(DD, [`if=${path}`, 'bs=1M', ...count, 'status=none']);
}
