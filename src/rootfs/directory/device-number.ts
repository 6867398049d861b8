/**
 * Splits `st_rdev` as glibc's <sys/sysmacros.h> packs it: 12 bits of the major number above the 8
 * low bits of the minor one, the rest of both further up.
 */
export function splitDeviceNumber(rdev: bigint): { major: number; minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}
