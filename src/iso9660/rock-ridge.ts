import { type ByteString, bytesOf } from '../bytes.js';
import { putBoth32 } from './both-endian.js';
import { putRecordingDate, RECORDING_DATE_LENGTH } from './dates.js';
import { FILE_TYPE_BITS, type IsoAttributes, type IsoNode, type IsoTime } from './nodes.js';
import { ENTRY_LIMIT, erEntry, suspEntry } from './susp.js';

/** Rock Ridge entries (RRIP 1.12): POSIX names, owners, modes, times, links and devices. */

/** NM flag bits (RRIP 4.1.4), SL flag bits and component flag bits (RRIP 4.1.3). */
export const CONTINUE = 1;
export const COMPONENT_CURRENT = 2;
export const COMPONENT_PARENT = 4;
export const COMPONENT_ROOT = 8;

/** TF flag bits (RRIP 4.1.6). */
export const TF_CREATION = 0x01;
export const TF_MODIFY = 0x02;
export const TF_ACCESS = 0x04;
export const TF_ATTRIBUTES = 0x08;
export const TF_LONG_FORM = 0x80;

/** Header 4, flags 1. */
const PIECE_LIMIT = ENTRY_LIMIT - 5;
const COMPONENT_HEADER = 2;
const COMPONENT_LIMIT = PIECE_LIMIT - COMPONENT_HEADER;

/** ER (RRIP 4.3): the texts the specification prescribes. */
export function rockRidgeExtension(): Buffer {
  return erEntry(
    'IEEE_P1282',
    'THE IEEE P1282 PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS',
    'PLEASE CONTACT THE IEEE STANDARDS DEPARTMENT, PISCATAWAY, NJ, USA FOR THE P1282 SPECIFICATION.',
  );
}

/** What PX says beyond the node's own attributes. */
export interface PosixIdentity {
  /** Names of this inode; for a directory 2 and its subdirectories. */
  readonly links: number;
  /** The same for all names of one inode, different for different inodes. */
  readonly serial: number;
}

/** PX (RRIP 4.1.1): mode at 4, links at 12, user at 20, group at 28, serial number at 36. */
export function pxEntry(kind: IsoNode['kind'], node: IsoAttributes, id: PosixIdentity): Buffer {
  const data = Buffer.alloc(40);
  putBoth32(data, 0, FILE_TYPE_BITS[kind] | node.mode);
  putBoth32(data, 8, id.links);
  putBoth32(data, 16, node.uid);
  putBoth32(data, 24, node.gid);
  putBoth32(data, 32, id.serial);
  return suspEntry('PX', data);
}

/** TF (RRIP 4.1.6): flags at 4, then modification, access and attribute change, 7 bytes each. */
export function tfEntry(mtime: IsoTime): Buffer {
  const data = Buffer.alloc(1 + 3 * RECORDING_DATE_LENGTH);
  data[0] = TF_MODIFY | TF_ACCESS | TF_ATTRIBUTES;
  for (let index = 0; index < 3; index++) {
    putRecordingDate(data, 1 + index * RECORDING_DATE_LENGTH, mtime);
  }
  return suspEntry('TF', data);
}

/** NM (RRIP 4.1.4): flags at 4, name from 5 on; a long name takes several entries. */
export function nmEntries(name: ByteString): Buffer[] {
  const entries: Buffer[] = [];
  for (let start = 0; start < name.length; start += PIECE_LIMIT) {
    const end = start + PIECE_LIMIT;
    const flags = end < name.length ? CONTINUE : 0;
    const piece = bytesOf(name.slice(start, end));
    entries.push(suspEntry('NM', Buffer.concat([Buffer.from([flags]), piece])));
  }
  return entries;
}

/** PN (RRIP 4.1.2): device number, high half at 4, low half at 12. */
export function pnEntry(major: number, minor: number): Buffer {
  // Linux takes a high half of 0 for major * 256 + minor in the low half, as mkisofs and libisofs
  // write it; minors above 255 it reads right only from separate halves (rock.c, SIG('P','N')).
  const [high, low] = minor <= 0xff ? [0, major * 256 + minor] : [major, minor];
  const data = Buffer.alloc(16);
  putBoth32(data, 0, high);
  putBoth32(data, 8, low);
  return suspEntry('PN', data);
}

/**
 * SL (RRIP 4.1.3): flags at 4, component records from 5 on, each of flags, length and text. A
 * component too long for one entry is continued in the next.
 */
export function slEntries(target: ByteString): Buffer[] {
  const entries: Buffer[][] = [[]];
  let free = PIECE_LIMIT;
  for (const component of componentsOf(target)) {
    if (component.length > free) {
      entries.push([]);
      free = PIECE_LIMIT;
    }
    entries.at(-1)?.push(component);
    free -= component.length;
  }
  return entries.map((components, index) => {
    const flags = index < entries.length - 1 ? CONTINUE : 0;
    return suspEntry('SL', Buffer.concat([Buffer.from([flags]), ...components]));
  });
}

function componentsOf(target: ByteString): Buffer[] {
  const names = target.split('/');
  const components: Buffer[] = [];
  if (names[0] === '' && names.length > 1) {
    components.push(componentRecord(COMPONENT_ROOT, ''));
    names.shift();
    if (names.length === 1 && names[0] === '') return components;
  }
  for (const name of names) {
    if (name === '.') components.push(componentRecord(COMPONENT_CURRENT, ''));
    else if (name === '..') components.push(componentRecord(COMPONENT_PARENT, ''));
    else components.push(...textComponents(name));
  }
  return components;
}

function textComponents(name: ByteString): Buffer[] {
  const records: Buffer[] = [];
  let rest = name;
  while (rest.length > COMPONENT_LIMIT) {
    records.push(componentRecord(CONTINUE, rest.slice(0, COMPONENT_LIMIT)));
    rest = rest.slice(COMPONENT_LIMIT);
  }
  records.push(componentRecord(0, rest));
  return records;
}

function componentRecord(flags: number, text: ByteString): Buffer {
  return Buffer.concat([Buffer.from([flags, text.length]), bytesOf(text)]);
}
