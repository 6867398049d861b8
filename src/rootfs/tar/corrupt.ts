import { SnapdiscError } from '../../errors.js';

/** A `source.corrupt` error about what lies at `position` (bytes from the archive's start, uncompressed). */
export function corrupt(position: number, reason: string): SnapdiscError {
  return new SnapdiscError(
    'source.corrupt',
    `The tar archive is damaged at byte ${position}: ${reason}.`,
    {
      hint: 'Download or create the archive again; "tar -tf ARCHIVE" shows how far it is readable.',
    },
  );
}

/**
 * A `source.corrupt` error about an archive that ends too early, at `position` where that is known.
 * @param missing goes on after "it ends": `inside an extended header`.
 */
export function truncated(position: number | undefined, missing: string): SnapdiscError {
  const at = position === undefined ? '' : ` at byte ${position},`;
  return new SnapdiscError(
    'source.corrupt',
    `The tar archive is cut off: it ends${at} ${missing}.`,
    { hint: 'It was probably not downloaded or written to its end. Create or download it again.' },
  );
}
