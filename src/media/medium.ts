import { type Block2048, ISO_BLOCK } from '../units.js';

/** What a disc image goes onto. */
export interface Medium {
  /** For messages, after "a". */
  readonly title: string;
  /** What it takes, in 2 KiB sectors; undefined where that differs from one to the next. */
  readonly sectors?: Block2048;
}

/**
 * The least that discs of a kind take. A CD's last sector is 59:74 of its last minute or, on some, two
 * seconds before, and 150 sectors lie before the first one; of DVDs, DVD+R takes less than DVD-R.
 */
export const MEDIA = {
  'cd-650': { title: 'CD-R of 650 MB', sectors: 332_699 },
  'cd-700': { title: 'CD-R of 700 MB', sectors: 359_699 },
  dvd: { title: 'DVD', sectors: 2_295_104 },
  usb: { title: 'USB stick' },
} as const satisfies Readonly<Record<string, Medium>>;

export type MediumName = keyof typeof MEDIA;
export const MEDIUM_NAMES = Object.keys(MEDIA) as readonly MediumName[];

/** Bytes that a medium takes, undefined where nobody knows. */
export function capacityOf(name: MediumName): number | undefined {
  const { sectors }: Medium = MEDIA[name];
  return sectors === undefined ? undefined : sectors * ISO_BLOCK;
}
