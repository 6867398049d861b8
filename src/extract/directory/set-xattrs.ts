import { Readable } from 'node:stream';
import { type ByteString, bytesOf } from '../../bytes.js';
import { stream, type Tool } from '../../process.js';
import type { Xattr } from '../../rootfs/tree.js';

export const SETFATTR: Tool = {
  program: 'setfattr',
  purpose: 'sets extended attributes of extracted files, such as the capabilities of ping',
  debianPackage: 'attr',
};

/** A file that is to have xattrs. */
export interface XattrTarget {
  readonly path: ByteString;
  readonly xattrs: readonly Xattr[];
}

/**
 * Sets xattrs, of symlinks themselves too. What one file refuses does not keep the others from theirs.
 * @throws SnapdiscError `tool.missing`, `tool.failed` with what was refused; the reason of `signal`.
 */
export async function setXattrs(
  targets: Iterable<XattrTarget>,
  signal?: AbortSignal,
): Promise<void> {
  const dump = Readable.from(dumps(targets), { objectMode: false });
  // It prints nothing on its standard output.
  for await (const _ of stream(SETFATTR, ['-h', '--restore=-'], dump, signal));
}

function* dumps(targets: Iterable<XattrTarget>): Generator<Buffer> {
  for (const target of targets) yield bytesOf(xattrDump(target));
}

/** A file's xattrs as getfattr prints and setfattr reads them (attr 2.5): the inverse of parseGetfattr. */
export function xattrDump({ path, xattrs }: XattrTarget): ByteString {
  const lines = xattrs.map(
    ({ name, value }) =>
      `${escapeOctal(name, /[\n\r\\=]/g)}=0x${Buffer.from(value).toString('hex')}`,
  );
  return [`# file: ${escapeOctal(path, /[\n\r\\]/g)}`, ...lines, '', ''].join('\n');
}

function escapeOctal(text: ByteString, special: RegExp): ByteString {
  return text.replace(special, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
