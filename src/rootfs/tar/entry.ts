import type { ByteString } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import type { InodeAttributes, Timestamp } from '../tree.js';
import { corrupt } from './corrupt.js';
import { TAR_BLOCK, type TarHeader } from './header.js';
import { parseDecimal } from './number.js';
import { type PaxAttributes, parsePaxTime } from './pax.js';
import { xattrsFromPax } from './pax-xattrs.js';

export type TarEntryKind =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'block'
  | 'char'
  | 'fifo';

/** What an entry's headers say, extended headers included. */
export interface TarEntry {
  /** Of its first header block, in bytes from the archive's start, for messages. */
  readonly position: number;
  readonly kind: TarEntryKind;
  /** As the archive writes it, unchecked, perhaps with `./` before or `/` behind. */
  readonly path: ByteString;
  /** Of symlinks and hard links. */
  readonly linkTarget: ByteString;
  readonly attributes: InodeAttributes;
  /** Bytes of the file, holes included; 0 for other kinds. */
  readonly size: number;
  /** Bytes the archive stores for the entry, padding excluded, a leading sparse map included. */
  readonly stored: number;
  readonly major: number;
  readonly minor: number;
}

/** Names from GNU `L` and `K` entries, which come before the entry they belong to. */
export interface LongNames {
  path?: ByteString;
  linkTarget?: ByteString;
}

const KINDS: Readonly<Record<string, TarEntryKind>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  // "Contiguous" files, regular ones to everybody but MASSCOMP's kernel.
  '7': 'file',
  // GNU incremental dumps: a directory whose data lists its names.
  D: 'directory',
  S: 'file',
};

/**
 * Combines an entry's headers.
 * @throws SnapdiscError `source.corrupt` for values that no file can have, `source.unsupported` for
 *   an unknown typeflag.
 */
export function assembleEntry(
  header: TarHeader,
  pax: PaxAttributes,
  long: LongNames,
  position: number,
): TarEntry {
  const fail = (reason: string) => corrupt(position, `an entry ${reason}`);
  const path = pax.getText('GNU.sparse.name') ?? pax.getText('path') ?? long.path ?? header.name;
  const kind = kindOf(header, path, position);
  const linkTarget = pax.getText('linkpath') ?? long.linkTarget ?? header.linkName;
  if (path === '' || path.includes('\0')) throw fail('has an empty name or a NUL in it');
  if (linkTarget.includes('\0')) throw fail('links to a name with a NUL in it');

  const number = (key: string, field: number | undefined, max: number, label: string) => {
    const record = pax.getText(key);
    const value = record === undefined ? field : parseDecimal(record);
    if (value === undefined || value < 0 || value > max) throw fail(`has an impossible ${label}`);
    return value;
  };
  const isDevice = kind === 'block' || kind === 'char';
  // Links and other entries without data may state the size of what they name: GNU tar, POSIX.
  const hasData = kind === 'file' || header.typeflag === 'D';
  const stored = hasData ? number('size', header.size, Number.MAX_SAFE_INTEGER, 'size') : 0;
  if (position + stored + 2 * TAR_BLOCK > Number.MAX_SAFE_INTEGER) throw fail('is too large');
  return {
    position,
    kind,
    path,
    linkTarget,
    attributes: {
      mode: number('', header.mode, Number.MAX_SAFE_INTEGER, 'mode') % 0o10000,
      uid: number('uid', header.uid, 0xffffffff, 'owner'),
      gid: number('gid', header.gid, 0xffffffff, 'group'),
      mtime: timeOf(header, pax, fail),
      xattrs: xattrsFromPax(pax),
    },
    size: kind === 'file' ? stored : 0,
    stored,
    major: isDevice ? number('SCHILY.devmajor', header.deviceMajor, 0xfff, 'device number') : 0,
    minor: isDevice ? number('SCHILY.devminor', header.deviceMinor, 0xfffff, 'device number') : 0,
  };
}

function kindOf(header: TarHeader, path: ByteString, position: number): TarEntryKind {
  const kind = KINDS[header.typeflag];
  if (kind === undefined) {
    const type = JSON.stringify(header.typeflag);
    throw new SnapdiscError(
      'source.unsupported',
      `The tar archive holds an entry of unknown type ${type} at byte ${position}.`,
      {
        hint: 'Unpack it with the program that made it and create the archive again with GNU tar.',
      },
    );
  }
  // V7 had no type for directories.
  const isOldDirectory = header.typeflag <= '0' && path.endsWith('/');
  return isOldDirectory ? 'directory' : kind;
}

function timeOf(
  header: TarHeader,
  pax: PaxAttributes,
  fail: (reason: string) => SnapdiscError,
): Timestamp {
  const record = pax.getText('mtime');
  if (record === undefined && header.mtime !== undefined) {
    return { seconds: header.mtime, nanoseconds: 0 };
  }
  const time = record === undefined ? undefined : parsePaxTime(record);
  if (time === undefined) throw fail('has an impossible modification time');
  return time;
}
