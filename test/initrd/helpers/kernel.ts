/** A file that begins like an x86 kernel: boot sector, setup header, version string. */
export function kernelImage(
  version: string,
  { protocol = 0x20f, is64 = true, versionAt = 0x300 } = {},
): Buffer {
  const image = Buffer.alloc(0x200 + versionAt + 600);
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(protocol, 0x206);
  image.writeUInt16LE(versionAt, 0x20e);
  image.writeUInt16LE(is64 ? 0x7f : 0x02, 0x236);
  image.write(`${version} (builder@example.org) #1 SMP 2025-01-01\0`, 0x200 + versionAt, 'latin1');
  return image;
}
