import type { ByteString } from '../../bytes.js';
import { type AccountLines, addFields, findFields, replaceFields } from './account-lines.js';

/** Groups of the person at the machine; those that the rootfs has are joined. */
export const PERSONAL_GROUPS: readonly ByteString[] = [
  'sudo',
  // What Alpine, Arch and Fedora call sudo.
  'wheel',
  'audio',
  'video',
  'cdrom',
  'plugdev',
  'netdev',
];

/** The group's id, or undefined when there is no such group. */
export function groupId(lines: AccountLines, name: ByteString): number | undefined {
  const id = findFields(lines, name)?.[2];
  return id !== undefined && /^[0-9]+$/.test(id) ? Number(id) : undefined;
}

/** Adds a group to /etc/group (group(5)). */
export function addGroup(lines: AccountLines, name: ByteString, gid: number): AccountLines {
  return addFields(lines, [name, 'x', `${gid}`, '']);
}

/** Adds a group nobody can join by password to /etc/gshadow (gshadow(5)). */
export function addShadowGroup(lines: AccountLines, name: ByteString): AccountLines {
  return addFields(lines, [name, '!', '', '']);
}

/**
 * Makes `user` a member of those of the groups that exist. In /etc/group and /etc/gshadow alike the
 * fourth field lists the members.
 */
export function joinGroups(
  lines: AccountLines,
  groups: readonly ByteString[],
  user: ByteString,
): AccountLines {
  let result = lines;
  for (const group of groups) {
    const fields = findFields(result, group);
    if (fields === undefined || fields.length < 4) continue;
    const members = (fields[3] ?? '').split(',').filter((member) => member !== '');
    if (members.includes(user)) continue;
    fields[3] = [...members, user].join(',');
    result = replaceFields(result, group, fields);
  }
  return result;
}
