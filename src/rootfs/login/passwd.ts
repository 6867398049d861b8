import type { ByteString } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import { type AccountLines, addFields } from './account-lines.js';

/** A line of /etc/passwd (passwd(5)). */
export interface Account {
  readonly name: ByteString;
  /** `x` where /etc/shadow has the password. */
  readonly password: ByteString;
  readonly uid: number;
  readonly gid: number;
  readonly home: ByteString;
  /** Empty means /bin/sh. */
  readonly shell: ByteString;
}

/** The accounts of /etc/passwd, in order; lines that are none are passed over. */
export function parseAccounts(lines: AccountLines): Account[] {
  const accounts: Account[] = [];
  for (const line of lines) {
    const [name, password, uid, gid, , home, shell] = line.split(':');
    if (name === undefined || password === undefined || home === undefined) continue;
    if (!/^[^#+-]/.test(name) || !/^[0-9]+$/.test(uid ?? '') || !/^[0-9]+$/.test(gid ?? ''))
      continue;
    accounts.push({ name, password, uid: Number(uid), gid: Number(gid), home, shell: shell ?? '' });
  }
  return accounts;
}

export function addAccount(lines: AccountLines, account: Account): AccountLines {
  const { name, password, uid, gid, home, shell } = account;
  return addFields(lines, [name, password, `${uid}`, `${gid}`, '', home, shell]);
}

/** Ids of people, as login.defs has them by default. */
const FIRST_ID = 1000;
const LAST_ID = 59_999;

/**
 * The lowest id from 1000 on that neither a user nor a group has: the new user's group gets it too.
 * @throws SnapdiscError `rootfs.no-free-uid`
 */
export function nextFreeId(passwd: AccountLines, group: AccountLines): number {
  const taken = new Set<number>();
  for (const line of [...passwd, ...group]) taken.add(Number(line.split(':')[2]));
  for (let id = FIRST_ID; id <= LAST_ID; id++) if (!taken.has(id)) return id;
  throw new SnapdiscError('rootfs.no-free-uid', 'Every user id from 1000 to 59999 is taken.', {
    hint: 'Name a user that exists.',
  });
}
