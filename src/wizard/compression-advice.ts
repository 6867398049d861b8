import type { PackedFormat } from '../packed-root/formats.js';

/** What is known of starts from compressed discs; `make bench-optical` has measured them (BENCHMARKS.md). */

/** The smaller one. */
export const ADVISED_FORMAT: PackedFormat = 'squashfs';

/** MiB of the machine that these starts were measured in. */
export const MEASURED_MIB = 128;
/** A plain i386 Debian, laid out by its own boot profile, from power-on to multi-user.target: what a 24x drive did. */
export const MEASURED_STARTS: Readonly<
  Record<PackedFormat, { readonly headMoves: number; readonly seconds: number }>
> = {
  squashfs: { headMoves: 11, seconds: 7.6 },
  erofs: { headMoves: 20, seconds: 8.9 },
};

/** MiB: the least in which such discs have been started. */
export const LEAST_TRIED_MIB = 48;

export interface CompressionAdvice {
  /** Less than 80 columns each. */
  readonly lines: readonly string[];
  readonly isAdvised: boolean;
}

/**
 * Whether a disc that does not fit its medium had better be compressed. Pure.
 * @param memoryMiB of the machine; undefined where that is not known.
 */
export function compressionAdvice(memoryMiB: number | undefined): CompressionAdvice {
  const isAdvised = memoryMiB === undefined || memoryMiB >= LEAST_TRIED_MIB;
  const { headMoves, seconds } = MEASURED_STARTS[ADVISED_FORMAT];
  return {
    isAdvised,
    lines: [
      `What is read of a compressed disc lies in memory twice: ${LEAST_TRIED_MIB} MiB are known`,
      ...(isAdvised
        ? [
            'to do for a plain 32-bit Debian. Laid out by a boot profile, it takes a',
            `24x drive ${seconds} s and ${headMoves} head moves to start (in ${MEASURED_MIB} MiB).`,
          ]
        : [
            `to do for a plain 32-bit Debian; ${memoryMiB} MiB have not been tried, and a disc`,
            'that is not compressed needs less.',
          ]),
    ],
  };
}
