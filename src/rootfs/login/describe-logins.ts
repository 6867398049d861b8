import { type ByteString, byteString, printable } from '../../bytes.js';
import type { Source } from '../source.js';
import { type AccountLines, findFields, splitLines } from './account-lines.js';
import { inittabLogins } from './inittab.js';
import { type Account, parseAccounts } from './passwd.js';
import { passwordState } from './shadow.js';
import { gettyUnitFiles, unitLogin } from './systemd-getty.js';
import { readTreeFiles } from './tree-files.js';

/** How somebody gets in. */
export type LoginMeans = 'password' | 'empty-password' | 'autologin';

export interface UsableAccount {
  readonly name: ByteString;
  readonly means: readonly LoginMeans[];
}

export interface LoginResult {
  /** Whether anybody can log in at the console. */
  readonly usable: boolean;
  /** The accounts that can, in the order of /etc/passwd. */
  readonly accounts: readonly UsableAccount[];
  /** One sentence for people. */
  readonly description: string;
}

const MEANS_TEXT: Readonly<Record<LoginMeans, string>> = {
  password: 'password',
  'empty-password': 'no password needed',
  autologin: 'logged in at boot',
};

/**
 * Tells who can log in to the rootfs at its console: accounts with a real shell and a password, an
 * empty one, or a getty that logs them in.
 */
export async function describeLogins(source: Source): Promise<LoginResult> {
  const units = gettyUnitFiles(source.root);
  const files = await readTreeFiles(source, ['etc/passwd', 'etc/shadow', 'etc/inittab', ...units]);
  const lines = (path: string) => {
    const file = files.get(path);
    return file === undefined ? undefined : splitLines(file);
  };
  const autologins = new Set(inittabLogins(lines('etc/inittab') ?? []));
  for (const path of units) {
    const user = unitLogin(byteString(files.get(path) ?? Buffer.alloc(0)));
    if (user !== undefined) autologins.add(user);
  }
  return usableAccounts(lines('etc/passwd') ?? [], lines('etc/shadow'), autologins);
}

/** The pure part of `describeLogins`: `shadow` is undefined where the rootfs has no /etc/shadow. */
export function usableAccounts(
  passwd: AccountLines,
  shadow: AccountLines | undefined,
  autologins: ReadonlySet<ByteString>,
): LoginResult {
  const accounts: UsableAccount[] = [];
  for (const account of parseAccounts(passwd)) {
    if (/\/(?:nologin|false|sync|shutdown|halt)$/.test(account.shell)) continue;
    const state = passwordState(passwordField(account, shadow));
    const means: LoginMeans[] = [];
    if (state === 'password') means.push('password');
    if (state === 'empty') means.push('empty-password');
    if (autologins.has(account.name)) means.push('autologin');
    if (means.length > 0) accounts.push({ name: account.name, means });
  }
  return { usable: accounts.length > 0, accounts, description: describe(accounts) };
}

function describe(accounts: readonly UsableAccount[]): string {
  if (accounts.length === 0) {
    return 'Nobody can log in: every account of the root filesystem is locked or has no shell. Set a password with --password, or use --autologin.';
  }
  const parts = accounts.map(({ name, means }) => {
    return `${printable(name)} (${means.map((item) => MEANS_TEXT[item]).join(', ')})`;
  });
  return `Can log in: ${parts.join(', ')}.`;
}

/** `x` sends to /etc/shadow; without a line there nobody gets in. */
function passwordField(account: Account, shadow: AccountLines | undefined): ByteString {
  if (account.password !== 'x') return account.password;
  return findFields(shadow ?? [], account.name)?.[1] ?? '*';
}
