/**
 * POSIX ACLs: from the form that getxattr gives (include/uapi/linux/posix_acl_xattr.h: version 2,
 * 8 bytes an entry) to the form that ext2 stores (fs/ext2/acl.h: version 1, an id only where the
 * tag has one).
 */
const WIRE_VERSION = 2;
const WIRE_HEADER = 4;
const WIRE_ENTRY = 8;
const DISK_VERSION = 1;

/** ACL_USER and ACL_GROUP: entries for one named user or group. */
const NAMED_TAGS = new Set([0x02, 0x08]);
/** ACL_USER_OBJ, ACL_GROUP_OBJ, ACL_MASK, ACL_OTHER. */
const UNNAMED_TAGS = new Set([0x01, 0x04, 0x10, 0x20]);

/**
 * The stored form of an ACL xattr's value, or undefined when the value is no ACL. An ACL without
 * entries gives an empty value: it means that there is none.
 */
export function aclToDisk(value: Uint8Array): Buffer | undefined {
  const wire = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (wire.length < WIRE_HEADER || (wire.length - WIRE_HEADER) % WIRE_ENTRY !== 0) return undefined;
  if (wire.readUInt32LE(0) !== WIRE_VERSION) return undefined;
  if (wire.length === WIRE_HEADER) return Buffer.alloc(0);
  const header = Buffer.alloc(4);
  header.writeUInt32LE(DISK_VERSION);
  const parts: Buffer[] = [header];
  for (let at = WIRE_HEADER; at < wire.length; at += WIRE_ENTRY) {
    const tag = wire.readUInt16LE(at);
    const named = NAMED_TAGS.has(tag);
    if (!named && !UNNAMED_TAGS.has(tag)) return undefined;
    if (wire.readUInt16LE(at + 2) > 7) return undefined;
    parts.push(wire.subarray(at, at + (named ? 8 : 4)));
  }
  return Buffer.concat(parts);
}

/** The form that getxattr gives of a stored ACL, or undefined when `value` is none. */
export function aclFromDisk(value: Uint8Array): Buffer | undefined {
  const disk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (disk.length < 4 || disk.readUInt32LE(0) !== DISK_VERSION) return undefined;
  const header = Buffer.alloc(WIRE_HEADER);
  header.writeUInt32LE(WIRE_VERSION);
  const parts: Buffer[] = [header];
  for (let at = 4; at < disk.length; ) {
    if (at + 4 > disk.length) return undefined;
    const named = NAMED_TAGS.has(disk.readUInt16LE(at));
    const length = named ? 8 : 4;
    if (at + length > disk.length) return undefined;
    const entry = Buffer.alloc(WIRE_ENTRY, 0xff);
    disk.copy(entry, 0, at, at + length);
    parts.push(entry);
    at += length;
  }
  return Buffer.concat(parts);
}
