import { parseHeader, TAR_BLOCK } from './tar/header.js';

export type Compression = 'gzip' | 'xz' | 'zstd';

/** Bytes from the start of a file that `describeFormat` wants to see: an ISO's mark lies at 32,769. */
export const FORMAT_HEAD_BYTES = 36 * 1024;

/** How a file is compressed, by its first bytes and never by its name. */
export function detectCompression(head: Buffer): Compression | undefined {
  if (startsWith(head, '1f8b')) return 'gzip';
  if (startsWith(head, 'fd377a585a00')) return 'xz';
  // A zstd frame, or one of the skippable frames that pzstd puts first.
  if (startsWith(head, '28b52ffd') || /^5[0-9a-f]2a4d18/.test(head.toString('hex', 0, 4))) {
    return 'zstd';
  }
  return undefined;
}

/** Whether the first block is a tar header, or the zeros of an archive without entries. */
export function looksLikeTar(head: Buffer): boolean {
  if (head.length < TAR_BLOCK) return false;
  const block = head.subarray(0, TAR_BLOCK);
  return (
    parseHeader(block) !== undefined ||
    (block.every((byte) => byte === 0) && head.length > TAR_BLOCK)
  );
}

const MAGICS: readonly (readonly [offset: number, hex: string, name: string])[] = [
  [0, '425a68', 'a bzip2-compressed file'],
  [0, '04224d18', 'an lz4-compressed file'],
  [0, '5d00008000', 'an lzma-compressed file'],
  [0, '4c5a4950', 'an lzip-compressed file'],
  [0, '504b0304', 'a zip archive'],
  [0, '377abcaf271c', 'a 7-Zip archive'],
  [0, '52617221', 'a RAR archive'],
  [0, '68737173', 'a squashfs image'],
  [0, '30373037', 'a cpio archive'],
  [0, 'c771', 'a cpio archive'],
  [0, '213c617263683e', 'an ar archive, such as a .deb package'],
  [0, '514649fb', 'a qcow2 disk image'],
  [0, '4b444d56', 'a VMware disk image'],
  [0, '7f454c46', 'a program (ELF)'],
  [32769, '4344303031', 'an ISO 9660 image'],
  [1080, '53ef', 'an ext2, ext3 or ext4 image'],
  [1024, '1020f5f2', 'an f2fs image'],
  [0, '58465342', 'an XFS image'],
  [510, '55aa', 'a disk image'],
];

/** What a file that is no tar archive looks like, with its article: for messages. */
export function describeFormat(head: Buffer): string {
  for (const [offset, hex, name] of MAGICS) {
    if (startsWith(head.subarray(offset), hex)) return name;
  }
  const sample = head.subarray(0, TAR_BLOCK);
  const isText = sample.every((byte) => byte >= 0x20 || (byte >= 0x08 && byte <= 0x0d));
  return isText ? 'a text file' : 'something unknown';
}

function startsWith(bytes: Buffer, hex: string): boolean {
  return bytes.toString('hex', 0, hex.length / 2) === hex;
}
