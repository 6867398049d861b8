import type { ByteString } from '../../bytes.js';
import type { Xattr } from '../tree.js';
import type { PaxAttributes } from './pax.js';

const SCHILY = 'SCHILY.xattr.';
const LIBARCHIVE = 'LIBARCHIVE.xattr.';
const RED_HAT_SELINUX = 'RHT.security.selinux';

/**
 * The xattrs of an entry. GNU tar and star write `SCHILY.xattr.NAME` with the raw value, where GNU
 * writes `%` and `=` of the name as %25 and %3D; libarchive writes `LIBARCHIVE.xattr.NAME` with the
 * name URL-encoded and the value in base64, often next to the other: then the raw one counts.
 */
export function xattrsFromPax(pax: PaxAttributes): Xattr[] {
  const found = new Map<ByteString, Uint8Array>();
  const encoded: [ByteString, Buffer][] = [];
  for (const [key, value] of pax.entries()) {
    if (key.startsWith(SCHILY)) {
      const name = key.slice(SCHILY.length).replace(/%(3D|25)/g, unescapeByte);
      found.set(name, value);
    } else if (key.startsWith(LIBARCHIVE)) {
      encoded.push([key.slice(LIBARCHIVE.length), value]);
    } else if (key === RED_HAT_SELINUX) {
      // The kernel's own value ends with a NUL, GNU tar's record does not.
      found.set('security.selinux', Buffer.concat([value, Buffer.alloc(1)]));
    }
  }
  for (const [key, value] of encoded) {
    const name = key.replace(/%[0-9A-Fa-f]{2}/g, unescapeByte);
    if (!found.has(name)) found.set(name, Buffer.from(value.toString('latin1'), 'base64'));
  }
  found.delete('');
  return [...found].map(([name, value]) => ({ name, value }));
}

function unescapeByte(escaped: string): string {
  return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
}
