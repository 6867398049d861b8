import { SnapdiscError } from '../../errors.js';

/**
 * Refuses a name that useradd would refuse (shadow's NAME_REGEX of Debian, lower case): it becomes a
 * part of paths, of colon-separated lines and of unit files.
 * @throws SnapdiscError `usage.user`
 */
export function checkUserName(name: string): void {
  if (/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) return;
  throw new SnapdiscError('usage.user', `"${name}" is no user name.`, {
    hint: 'A name is 1 to 32 lower-case letters, digits, _ and -, and starts with a letter or _.',
  });
}
