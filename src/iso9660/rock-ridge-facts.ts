import { type ByteString, byteString } from '../bytes.js';
import { getBoth32 } from './both-endian.js';
import {
  getRecordingDate,
  getVolumeDate,
  RECORDING_DATE_LENGTH,
  VOLUME_DATE_LENGTH,
} from './dates.js';
import type { IsoTime } from './nodes.js';
import {
  COMPONENT_CURRENT,
  COMPONENT_PARENT,
  COMPONENT_ROOT,
  CONTINUE,
  TF_CREATION,
  TF_LONG_FORM,
  TF_MODIFY,
} from './rock-ridge.js';
import type { SuspEntry } from './susp.js';

/** What the Rock Ridge entries of one record say (RRIP 1.12, and 1.10 as xorriso writes it). */
export interface RockRidgeFacts {
  readonly name: ByteString | undefined;
  readonly posix: PosixFacts | undefined;
  readonly mtime: IsoTime | undefined;
  readonly target: ByteString | undefined;
  readonly device: { readonly major: number; readonly minor: number } | undefined;
  /** CL: this entry stands for the directory at that block, which was relocated. */
  readonly childLink: number | undefined;
  /** RE: this directory belongs somewhere else, where a CL leads to it. */
  readonly isRelocated: boolean;
}

export interface PosixFacts {
  /** All of st_mode, file type included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Interprets a record's entries; what is too short to be an entry of its kind is ignored. */
export function rockRidgeFacts(entries: readonly SuspEntry[]): RockRidgeFacts {
  const of = (signature: string, length: number) =>
    entries
      .filter((entry) => entry.signature === signature && entry.data.length >= length)
      .map(({ data }) => data);
  const [px] = of('PX', 32);
  const [pn] = of('PN', 16);
  const [cl] = of('CL', 8);
  const [tf] = of('TF', 1);
  const links = of('SL', 1);
  return {
    name: nameOf(of('NM', 1)),
    posix: px && { mode: getBoth32(px, 0), uid: getBoth32(px, 16), gid: getBoth32(px, 24) },
    mtime: tf && modificationTime(tf),
    target: links.length > 0 ? targetOf(links) : undefined,
    device: pn && deviceOf(getBoth32(pn, 0), getBoth32(pn, 8)),
    childLink: cl && getBoth32(cl, 0),
    isRelocated: of('RE', 0).length > 0,
  };
}

/** NM (RRIP 4.1.4). Entries that mean `.` or `..` carry no name. */
function nameOf(entries: readonly Buffer[]): ByteString | undefined {
  const pieces = entries
    .filter((data) => (data.readUInt8(0) & (COMPONENT_CURRENT | COMPONENT_PARENT)) === 0)
    .map((data) => byteString(data.subarray(1)));
  return pieces.length > 0 ? pieces.join('') : undefined;
}

/** TF (RRIP 4.1.6): stamps stand in the order of their flag bits. */
function modificationTime(data: Buffer): IsoTime | undefined {
  const flags = data.readUInt8(0);
  if ((flags & TF_MODIFY) === 0) return undefined;
  const isLong = (flags & TF_LONG_FORM) !== 0;
  const length = isLong ? VOLUME_DATE_LENGTH : RECORDING_DATE_LENGTH;
  const offset = 1 + ((flags & TF_CREATION) !== 0 ? length : 0);
  if (offset + length > data.length) return undefined;
  return isLong ? getVolumeDate(data, offset) : getRecordingDate(data, offset);
}

/** PN (RRIP 4.1.2), told apart as Linux does: see `pnEntry`. */
function deviceOf(high: number, low: number) {
  if (high === 0 && low > 0xff) return { major: low >>> 8, minor: low & 0xff };
  return { major: high, minor: low };
}

/** SL (RRIP 4.1.3): components over all entries, a slash between those that are not continued. */
function targetOf(entries: readonly Buffer[]): ByteString {
  let target = '';
  let needsSlash = false;
  for (const data of entries) {
    for (let position = 1; position + 2 <= data.length; ) {
      const flags = data.readUInt8(position);
      const end = position + 2 + data.readUInt8(position + 1);
      const text = byteString(data.subarray(position + 2, end));
      if (needsSlash) target += '/';
      target += componentText(flags, text);
      needsSlash = (flags & (CONTINUE | COMPONENT_ROOT)) === 0;
      position = end;
    }
  }
  return target;
}

function componentText(flags: number, text: ByteString): ByteString {
  if ((flags & COMPONENT_ROOT) !== 0) return '/';
  if ((flags & COMPONENT_PARENT) !== 0) return '..';
  if ((flags & COMPONENT_CURRENT) !== 0) return '.';
  return text;
}
