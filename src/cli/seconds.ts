import { SnapdiscError } from '../errors.js';

/** @throws SnapdiscError `usage.seconds` */
export function positiveNumber(flag: string, text: string): number {
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new SnapdiscError('usage.seconds', `${flag} is "${text}", not a number over 0.`);
}
