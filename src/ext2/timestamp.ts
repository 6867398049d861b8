import type { Timestamp } from '../rootfs/tree.js';

const EPOCH = 2 ** 32;
const MIN_SECONDS = -(2 ** 31);
/**
 * 2310-04-04: the format reaches to 2446, but e2fsck takes what lies behind this day for times
 * before 1970 that an old kernel wrote wrongly (e2fsck/pass1.c, check_inode_extra_negative_epoch).
 */
const MAX_SECONDS = 3 * EPOCH - 2 ** 31 - 1;

/** A time as an inode holds it: 32 bits of seconds, and extra bits in the larger inodes. */
export interface InodeTime {
  /** The low 32 bits, unsigned; old drivers read them as signed and know no more. */
  readonly seconds: number;
  /** Two bits of epoch, then 30 bits of nanoseconds. */
  readonly extra: number;
}

/**
 * Encodes as ext4_encode_extra_time does (fs/ext4/ext4.h). Times that do not fit become the nearest
 * that does, as the kernel's timestamp_truncate does it.
 */
export function encodeTime({ seconds, nanoseconds }: Timestamp): InodeTime {
  const fitting = Math.min(Math.max(seconds, MIN_SECONDS), MAX_SECONDS);
  const low = ((fitting % EPOCH) + EPOCH) % EPOCH;
  const signedLow = low >= 2 ** 31 ? low - EPOCH : low;
  const epoch = (fitting - signedLow) / EPOCH;
  const fraction =
    fitting === seconds ? Math.min(Math.max(Math.trunc(nanoseconds), 0), 999_999_999) : 0;
  return { seconds: low, extra: fraction * 4 + epoch };
}

/** The inverse of `encodeTime`. */
export function decodeTime({ seconds, extra }: InodeTime): Timestamp {
  const signedLow = seconds >= 2 ** 31 ? seconds - EPOCH : seconds;
  return { seconds: signedLow + (extra % 4) * EPOCH, nanoseconds: Math.floor(extra / 4) };
}
