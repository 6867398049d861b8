import type { ByteString } from '../../bytes.js';
import type { Directory } from '../tree.js';
import { lookup } from '../tree.js';

export interface DropIn {
  readonly path: ByteString;
  readonly text: string;
}

/** Whether the rootfs has systemd. */
export function hasSystemd(root: Directory): boolean {
  const programs = ['usr/lib/systemd/systemd', 'lib/systemd/systemd'];
  return programs.some((path) => lookup(root, path)?.kind === 'file');
}

/**
 * Drop-ins (systemd.unit(5)) that log `user` in on the first console and the first serial port. An
 * empty `ExecStart=` first: without it the new command would be a second one, which getty@ refuses.
 * `%I` instead of `-`, which older systemd does not open for agetty.
 */
export function systemdAutologin(agetty: ByteString, user: ByteString): DropIn[] {
  const unit = (name: string, options: string, before: string): DropIn => ({
    path: `etc/systemd/system/${name}.service.d/autologin.conf`,
    text: `[Service]\nExecStart=\nExecStart=-${agetty} --autologin ${user} ${options} ${before}%I $TERM\n`,
  });
  return [
    unit('getty@tty1', '--noclear', ''),
    unit('serial-getty@ttyS0', '--keep-baud', '115200,57600,38400,9600 '),
  ];
}

const UNIT = /^(?:getty|serial-getty|console-getty|autovt)(?:@[^.]*)?\.service(?:\.d)?$/;

/** Paths of unit files and drop-ins that may log somebody in. */
export function gettyUnitFiles(root: Directory): ByteString[] {
  const folder = 'etc/systemd/system';
  const directory = lookup(root, folder);
  if (directory?.kind !== 'directory') return [];
  const paths: ByteString[] = [];
  for (const [name, inode] of directory.entries) {
    if (!UNIT.test(name)) continue;
    if (inode.kind === 'file') paths.push(`${folder}/${name}`);
    if (inode.kind !== 'directory') continue;
    for (const file of inode.entries.keys()) {
      if (file.endsWith('.conf')) paths.push(`${folder}/${name}/${file}`);
    }
  }
  return paths;
}

/** The user a unit file logs in, if it does: the last ExecStart= counts. */
export function unitLogin(text: ByteString): ByteString | undefined {
  const start = text.split('\n').findLast((line) => /^\s*ExecStart=./.test(line)) ?? '';
  return /agetty.*\s(?:--autologin[ =]\s*|-a\s*)([^\s-]\S*)/.exec(start)?.[1];
}
