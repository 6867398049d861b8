import { SnapdiscError } from '../errors.js';

/**
 * The time that everything the build makes carries, Unix seconds: SOURCE_DATE_EPOCH where it is set
 * (https://reproducible-builds.org/specs/source-date-epoch/), else now.
 * @throws SnapdiscError `usage.source-date-epoch`
 */
export function creationTime(epoch: string | undefined, now: number): number {
  if (epoch === undefined || epoch === '') return Math.floor(now / 1000);
  if (/^\d{1,11}$/.test(epoch)) return Number(epoch);
  throw new SnapdiscError('usage.source-date-epoch', `SOURCE_DATE_EPOCH is "${epoch}".`, {
    hint: 'It must be whole seconds since 1970, such as 1735689600, or not set at all.',
  });
}
