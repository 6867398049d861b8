import { type ByteString, bytesOf } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import type { Source } from '../source.js';
import { type Directory, lookup } from '../tree.js';
import { joinLines, splitLines } from './account-lines.js';
import { autologinInittab } from './inittab.js';
import { hasSystemd, systemdAutologin } from './systemd-getty.js';
import { readTreeFiles, writeTreeFile } from './tree-files.js';

/**
 * Has the rootfs log `user` in on its first console and serial port, with systemd, sysvinit or
 * busybox' init, whichever it has.
 * @throws SnapdiscError `rootfs.autologin` when it has none of them.
 */
export async function enableAutologin(source: Source, user: ByteString): Promise<void> {
  const { root } = source;
  const agetty = findProgram(root, 'agetty');
  const login = findProgram(root, 'login');
  let isEnabled = false;
  if (agetty !== undefined && hasSystemd(root)) {
    for (const { path, text } of systemdAutologin(agetty, user)) {
      writeTreeFile(root, path, bytesOf(text));
    }
    isEnabled = true;
  }
  const inittab = (await readTreeFiles(source, ['etc/inittab'])).get('etc/inittab');
  if (inittab !== undefined) {
    const lines = splitLines(inittab);
    const changed = autologinInittab(lines, user, { agetty, login });
    if (changed !== lines) {
      writeTreeFile(root, 'etc/inittab', joinLines(changed));
      isEnabled = true;
    }
  }
  if (isEnabled) return;
  throw new SnapdiscError(
    'rootfs.autologin',
    'The root filesystem has no getty that could log somebody in: neither systemd with agetty nor a getty on tty1 in /etc/inittab.',
    { hint: 'Install agetty (util-linux) there, or leave out --autologin and set a password.' },
  );
}

/** The absolute path of a program in one of the usual folders. */
export function findProgram(root: Directory, name: ByteString): ByteString | undefined {
  const folders = ['sbin', 'bin', 'usr/sbin', 'usr/bin'];
  const folder = folders.find((path) => lookup(root, `${path}/${name}`)?.kind === 'file');
  return folder === undefined ? undefined : `/${folder}/${name}`;
}
