import { byteStringFromText } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import type { Source } from '../source.js';
import { lookup } from '../tree.js';
import { type AccountLines, findFields, joinLines, splitLines } from './account-lines.js';
import { enableAutologin } from './autologin.js';
import { describeLogins, type LoginResult } from './describe-logins.js';
import { addGroup, addShadowGroup, groupId, joinGroups, PERSONAL_GROUPS } from './group.js';
import { makeHome } from './home.js';
import { addAccount, nextFreeId } from './passwd.js';
import { hashPassword } from './password-hash.js';
import { setPasswdPassword, setShadowPassword } from './shadow.js';
import { readTreeFiles, rootOwned, writeTreeFile } from './tree-files.js';
import { checkUserName } from './user-name.js';

export interface LoginOptions {
  /** Made if it does not exist. */
  readonly user?: string | undefined;
  /** For `user`, or for root without one. */
  readonly password?: string | undefined;
  /** Logs `user`, or root without one, in at the console. */
  readonly autologin?: boolean | undefined;
}

/** The account files; undefined where the rootfs has none. */
interface AccountFiles {
  passwd: AccountLines;
  shadow: AccountLines | undefined;
  group: AccountLines;
  gshadow: AccountLines | undefined;
}

const LOCKED = '!';

/**
 * Changes the source's Tree so that somebody can log in, and tells who can. Without options nothing
 * changes. A new user gets a home from /etc/skel and the groups of the person at the machine; without
 * a password it is locked, but with autologin its password is empty, so that sudo can be used.
 * @throws SnapdiscError `usage.user`, `usage.password`, `rootfs.accounts` when there is no
 *   /etc/passwd, `rootfs.autologin`.
 */
export async function customiseLogin(
  source: Source,
  { user, password, autologin = false }: LoginOptions,
): Promise<LoginResult> {
  const name = user ?? 'root';
  checkUserName(name);
  if (user === undefined && password === undefined && !autologin) return describeLogins(source);

  const hash = password === undefined ? undefined : await hashPassword(name, password);
  const before = await readAccounts(source);
  const files = { ...before };
  const isNew = findFields(files.passwd, name) === undefined;
  if (isNew && user === undefined) throw noAccounts('has no account "root"');
  if (isNew) await addUser(source, files, name);
  if (hash !== undefined) setPassword(files, name, hash);
  else if (isNew) setPassword(files, name, autologin ? '' : LOCKED);
  writeAccounts(source, before, files);
  if (autologin) await enableAutologin(source, name);
  return describeLogins(source);
}

async function addUser(source: Source, files: AccountFiles, name: string): Promise<void> {
  const uid = nextFreeId(files.passwd, files.group);
  const ownGroup = groupId(files.group, name);
  const gid = ownGroup ?? uid;
  if (ownGroup === undefined) {
    files.group = addGroup(files.group, name, gid);
    files.gshadow &&= addShadowGroup(files.gshadow, name);
  }
  files.group = joinGroups(files.group, PERSONAL_GROUPS, name);
  files.gshadow &&= joinGroups(files.gshadow, PERSONAL_GROUPS, name);
  const shell = lookup(source.root, 'bin/bash')?.kind === 'file' ? '/bin/bash' : '/bin/sh';
  const home = `/home/${name}`;
  const account = { name, password: LOCKED, uid, gid, home, shell };
  files.passwd = addAccount(files.passwd, account);
  await makeHome(source, home, { uid, gid });
}

/** Where the rootfs has no /etc/shadow, the hash is in /etc/passwd. */
function setPassword(files: AccountFiles, name: string, hash: string): void {
  files.passwd = setPasswdPassword(files.passwd, name, files.shadow === undefined ? hash : 'x');
  files.shadow &&= setShadowPassword(files.shadow, name, hash);
}

async function readAccounts(source: Source): Promise<AccountFiles> {
  const names = ['passwd', 'shadow', 'group', 'gshadow'];
  const contents = await readTreeFiles(
    source,
    names.map((name) => `etc/${name}`),
  );
  const lines = (name: string) => {
    const file = contents.get(`etc/${name}`);
    return file === undefined ? undefined : splitLines(file);
  };
  const passwd = lines('passwd');
  if (passwd === undefined) throw noAccounts('has no /etc/passwd');
  return {
    passwd,
    shadow: lines('shadow'),
    group: lines('group') ?? [],
    gshadow: lines('gshadow'),
  };
}

function writeAccounts(source: Source, before: AccountFiles, after: AccountFiles): void {
  for (const name of ['passwd', 'shadow', 'group', 'gshadow'] as const) {
    const lines = after[name];
    if (lines === undefined || lines === before[name]) continue;
    const isSecret = name === 'shadow' || name === 'gshadow';
    const fallback = rootOwned(isSecret ? 0o640 : 0o644);
    writeTreeFile(source.root, byteStringFromText(`etc/${name}`), joinLines(lines), fallback);
  }
}

function noAccounts(reason: string): SnapdiscError {
  return new SnapdiscError(
    'rootfs.accounts',
    `The root filesystem ${reason}, so no login can be set up.`,
    { hint: 'Leave out --user, --password and --autologin, or complete the root filesystem.' },
  );
}
