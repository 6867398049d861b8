/**
 * dmsetup and its libraries are half of what the initrd unpacks to, and the moment when the kernel
 * has both the packed and the unpacked initrd in memory decides how small a machine can boot. So
 * they lie packed in the archive, and the init unpacks them when the archive's memory is free.
 */
import { type ByteString, bytesOf } from '../bytes.js';
import { type CpioRecord, isRegularFile, staticFile } from '../cpio/newc.js';
import { type PackedSuffix, packEach } from './compression.js';
import { isElf } from './elf.js';
import type { InitrdFile } from './initrd-file.js';

/**
 * Names of the packed files, one in a line: for each the init runs `unxz` or `gunzip` by its
 * suffix, which removes it and leaves the file itself with its mode.
 */
export const PACKED_LIST: ByteString = 'lib/live/packed.list';

interface PackableProgram {
  readonly file: InitrdFile;
  readonly libraries: readonly InitrdFile[];
}

/** `records` with the files of `programs` packed, their folders and links as before. */
export async function packPrograms(
  records: readonly CpioRecord[],
  programs: readonly PackableProgram[],
  suffixes: readonly PackedSuffix[],
): Promise<CpioRecord[]> {
  const names = new Set(
    programs.flatMap(({ file, libraries }) => [file, ...libraries]).map(({ target }) => target),
  );
  const chosen = records.filter(
    (each) => names.has(each.name) && isRegularFile(each) && isElf(each.content),
  );
  const { suffix, contents } = await packEach(
    chosen.map(({ name, content }) => ({ path: name, content: Buffer.from(content) })),
    suffixes,
  );
  if (chosen.length === 0 || suffix === '') return [...records];

  const packed = new Map(
    chosen.map(({ name, mode }, at) => [
      name,
      staticFile(name + suffix, contents[at] ?? Buffer.alloc(0), mode),
    ]),
  );
  const list = [...packed.values()].map(({ name }) => `/${name}\n`).join('');
  return [
    ...records.map((each) => packed.get(each.name) ?? each),
    staticFile(PACKED_LIST, bytesOf(list)),
  ];
}
