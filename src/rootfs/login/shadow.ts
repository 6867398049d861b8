import type { ByteString } from '../../bytes.js';
import { type AccountLines, addFields, findFields, replaceFields } from './account-lines.js';

/** What a password field allows (shadow(5), crypt(5)). */
export type PasswordState = 'password' | 'empty' | 'locked';

/** Hashes crypt(3) knows: `$id$...`, traditional DES, BSDi extended DES. */
const HASH = /^(?:\$[^$:!*]+\$[^:]+|[./0-9A-Za-z]{13}|_[./0-9A-Za-z]{19})$/;

export function passwordState(field: ByteString): PasswordState {
  if (field === '') return 'empty';
  return HASH.test(field) ? 'password' : 'locked';
}

/**
 * Sets the password hash of an account in /etc/shadow or /etc/gshadow, adding the line if there is
 * none. In a line that exists, the date of the last change 0, which demands a new password at the
 * next login, is taken out.
 */
export function setShadowPassword(
  lines: AccountLines,
  name: ByteString,
  hash: ByteString,
): AccountLines {
  const fields = findFields(lines, name);
  // No date of the last change: today's would make every build different.
  if (fields === undefined)
    return addFields(lines, [name, hash, '', '0', '99999', '7', '', '', '']);
  fields[1] = hash;
  if (fields[2] === '0') fields[2] = '';
  return replaceFields(lines, name, fields);
}

/** Sets the second field of a line of /etc/passwd: a hash where there is no /etc/shadow. */
export function setPasswdPassword(
  lines: AccountLines,
  name: ByteString,
  field: ByteString,
): AccountLines {
  const fields = findFields(lines, name);
  if (fields === undefined) return lines;
  fields[1] = field;
  return replaceFields(lines, name, fields);
}
