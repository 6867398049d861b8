/** Tags of include/uapi/linux/posix_acl.h, as acl(5) writes them. */
const TAGS = new Map([
  [0x01, 'user'],
  [0x02, 'user'],
  [0x04, 'group'],
  [0x08, 'group'],
  [0x10, 'mask'],
  [0x20, 'other'],
]);
const NAMED_TAGS = new Set([0x02, 0x08]);

/**
 * A POSIX ACL, in the form that getxattr gives, as the short text form of acl(5), owners as numbers:
 * GNU tar and star keep ACLs so, and take them from nowhere else. Undefined where `value` is none.
 */
export function aclText(value: Uint8Array): string | undefined {
  const wire = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (wire.length < 4 || wire.readUInt32LE(0) !== 2 || wire.length % 8 !== 4) return undefined;
  const entries: string[] = [];
  for (let at = 4; at < wire.length; at += 8) {
    const tag = wire.readUInt16LE(at);
    const permissions = wire.readUInt16LE(at + 2);
    const name = TAGS.get(tag);
    if (name === undefined || permissions > 7) return undefined;
    const owner = NAMED_TAGS.has(tag) ? String(wire.readUInt32LE(at + 4)) : '';
    const letters = [...'rwx'].map((letter, bit) =>
      (permissions >> (2 - bit)) & 1 ? letter : '-',
    );
    entries.push(`${name}:${owner}:${letters.join('')}`);
  }
  return entries.join(',');
}
