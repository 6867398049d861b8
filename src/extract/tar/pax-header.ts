import { type ByteString, byteString, bytesOf } from '../../bytes.js';
import type { Timestamp, Xattr } from '../../rootfs/tree.js';
import { aclText } from './acl-text.js';
import { MAX_LONG_NUMBER, MAX_NAME, MAX_SHORT_NUMBER, type UstarHeader } from './ustar-header.js';

/** Keys and values of an extended header; both are bytes. */
export type PaxRecords = readonly (readonly [key: ByteString, value: ByteString])[];

/** Programs that look for ACLs among the xattrs find them there; others here. */
const ACL_KEYS = new Map([
  ['system.posix_acl_access', 'SCHILY.acl.access'],
  ['system.posix_acl_default', 'SCHILY.acl.default'],
]);

/**
 * What a ustar header cannot hold, as PAX records (IEEE 1003.1, pax, "pax Extended Header"). Xattrs are
 * written as GNU tar and star do: the raw value, `%` and `=` of the name as %25 and %3D.
 */
export function paxRecords(
  header: UstarHeader,
  mtime: Timestamp,
  xattrs: readonly Xattr[],
): PaxRecords {
  const records: [ByteString, ByteString][] = [];
  if (header.name.length > MAX_NAME) records.push(['path', header.name]);
  if (header.linkName.length > MAX_NAME) records.push(['linkpath', header.linkName]);
  if (header.uid > MAX_SHORT_NUMBER) records.push(['uid', String(header.uid)]);
  if (header.gid > MAX_SHORT_NUMBER) records.push(['gid', String(header.gid)]);
  if (header.size > MAX_LONG_NUMBER) records.push(['size', String(header.size)]);
  const isPlain = mtime.nanoseconds === 0 && mtime.seconds >= 0 && mtime.seconds <= MAX_LONG_NUMBER;
  if (!isPlain) records.push(['mtime', paxTime(mtime)]);
  for (const { name, value } of xattrs) {
    const escaped = name.replace(/[%=]/g, (char) => (char === '%' ? '%25' : '%3D'));
    records.push([`SCHILY.xattr.${escaped}`, byteString(value)]);
    const acl = ACL_KEYS.get(name);
    const text = acl === undefined ? undefined : aclText(value);
    if (acl !== undefined && text !== undefined) records.push([acl, text]);
  }
  return records;
}

/** The data of an extended header: `LENGTH KEY=VALUE\n` each, the length counting itself. */
export function encodePax(records: PaxRecords): Buffer {
  return bytesOf(
    records
      .map(([key, value]) => {
        const rest = ` ${key}=${value}\n`;
        let length = rest.length;
        // One more digit may make the length need one more digit.
        while (String(length).length + rest.length !== length) {
          length = String(length).length + rest.length;
        }
        return `${length}${rest}`;
      })
      .join(''),
  );
}

/** Decimal seconds; before 1970 the fraction counts away from zero like the rest. */
function paxTime({ seconds, nanoseconds }: Timestamp): string {
  const isBefore = seconds < 0;
  const whole = isBefore && nanoseconds > 0 ? -seconds - 1 : Math.abs(seconds);
  const part = isBefore && nanoseconds > 0 ? 1_000_000_000 - nanoseconds : nanoseconds;
  const fraction = part === 0 ? '' : `.${String(part).padStart(9, '0').replace(/0+$/, '')}`;
  return `${isBefore ? '-' : ''}${whole}${fraction}`;
}
