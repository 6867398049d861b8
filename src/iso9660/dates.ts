import type { IsoTime } from './nodes.js';

/** The two date formats of ECMA-119. We always write UTC. */

export const RECORDING_DATE_LENGTH = 7;
export const VOLUME_DATE_LENGTH = 17;

const EARLIEST_RECORDING = Date.UTC(1900, 0, 1) / 1000;
const LATEST_RECORDING = Date.UTC(2155, 11, 31, 23, 59, 59) / 1000;
const QUARTER_HOUR = 15 * 60;

/** Seconds since 1970 of the first and last second a volume descriptor can hold: years 1 to 9999. */
export const EARLIEST_VOLUME_DATE = -62_135_596_800;
export const LATEST_VOLUME_DATE = 253_402_300_799;

/** Writes 7 bytes (ECMA-119 9.1.5); years outside 1900 to 2155 become the nearest second inside. */
export function putRecordingDate(bytes: Buffer, offset: number, time: IsoTime): void {
  const seconds = Math.floor(time.seconds);
  const date = new Date(Math.min(Math.max(seconds, EARLIEST_RECORDING), LATEST_RECORDING) * 1000);
  bytes[offset] = date.getUTCFullYear() - 1900;
  bytes[offset + 1] = date.getUTCMonth() + 1;
  bytes[offset + 2] = date.getUTCDate();
  bytes[offset + 3] = date.getUTCHours();
  bytes[offset + 4] = date.getUTCMinutes();
  bytes[offset + 5] = date.getUTCSeconds();
  bytes[offset + 6] = 0;
}

/** Reads 7 bytes (ECMA-119 9.1.5), or undefined where they are no date. */
export function getRecordingDate(bytes: Buffer, offset: number): IsoTime | undefined {
  return timeOf(
    {
      year: 1900 + bytes.readUInt8(offset),
      month: bytes.readUInt8(offset + 1),
      day: bytes.readUInt8(offset + 2),
      hour: bytes.readUInt8(offset + 3),
      minute: bytes.readUInt8(offset + 4),
      second: bytes.readUInt8(offset + 5),
    },
    bytes.readInt8(offset + 6),
  );
}

/** Writes 17 bytes (ECMA-119 8.4.26.1); undefined is written as "not specified". */
export function putVolumeDate(bytes: Buffer, offset: number, time: IsoTime | undefined): void {
  bytes.write('0'.repeat(16), offset, 'latin1');
  bytes[offset + 16] = 0;
  if (time === undefined) return;
  const date = new Date(Math.floor(time.seconds) * 1000);
  const hundredths = Math.floor((time.nanoseconds ?? 0) / 10_000_000);
  const digits = [
    String(date.getUTCFullYear()).padStart(4, '0'),
    ...[date.getUTCMonth() + 1, date.getUTCDate()].map(twoDigits),
    ...[date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), hundredths].map(twoDigits),
  ].join('');
  bytes.write(digits, offset, 'latin1');
}

/** Reads 17 bytes (ECMA-119 8.4.26.1), or undefined where no date is specified. */
export function getVolumeDate(bytes: Buffer, offset: number): IsoTime | undefined {
  const text = bytes.toString('latin1', offset, offset + 16);
  if (!/^\d{16}$/.test(text)) return undefined;
  const field = (start: number, end: number) => Number(text.slice(start, end));
  const time = timeOf(
    {
      year: field(0, 4),
      month: field(4, 6),
      day: field(6, 8),
      hour: field(8, 10),
      minute: field(10, 12),
      second: field(12, 14),
    },
    bytes.readInt8(offset + 16),
  );
  return time && { seconds: time.seconds, nanoseconds: field(14, 16) * 10_000_000 };
}

interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

function timeOf(civil: CivilDate, quarterHoursEast: number): IsoTime | undefined {
  const { year, month, day, hour, minute, second } = civil;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  if (quarterHoursEast < -48 || quarterHoursEast > 56) return undefined;
  const date = new Date(0);
  // Date.UTC would take the years 1 to 99 for 1901 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return { seconds: date.getTime() / 1000 - quarterHoursEast * QUARTER_HOUR };
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
