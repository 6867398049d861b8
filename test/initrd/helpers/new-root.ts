/** Runs the init's functions on a made-up root file system, as they run before it is switched to. */
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { enterInitrd } from './host-initrd.js';

export const DISC_UUID = 'c0ffee00112233445566778899aabbcc';

/** What the init has by then; warnings become lines of the output. */
const PRELUDE = `
INIT=/sbin/init UUID=${DISC_UUID} DISC=/dev/sr0 PERSISTENT=no
has_started_before() { false; }
for part in rootfs late identity personal login network hooks resident; do . /lib/live/$part.sh; done
warn() { echo "warning: $*"; }
note() { :; }
debug_stop() { :; }
mount() { echo "mount $*"; }
umount() { echo "umount $*"; }
`;

/** Content of files by path; a symlink's is `-> TARGET`. */
export type RootFiles = Readonly<Record<string, string>>;

export interface NewRoot {
  /** Standard output of `script`, in lines. */
  lines(script: string): Promise<string[]>;
  /** A file of the initrd; those of the new root begin with `/root`. */
  read(path: string): Promise<string>;
  write(path: string, content: string, mode?: number): Promise<void>;
  readonly top: string;
}

export const SYSTEMD: RootFiles = {
  'sbin/init': '-> /lib/systemd/systemd',
  'lib/systemd/systemd': 'ELF',
};

/** Undefined, the test having passed, where such a root cannot be entered. */
export async function enterNewRoot(
  t: ExecutionContext,
  files: RootFiles,
): Promise<NewRoot | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  const write = async (path: string, content: string, mode = 0o644) => {
    const file = join(top, path);
    await mkdir(dirname(file), { recursive: true });
    if (content.startsWith('-> ')) return symlink(content.slice(3), file);
    await writeFile(file, content);
    await chmod(file, mode);
  };
  await mkdir(join(top, 'root'), { recursive: true });
  await write('proc/sys/kernel/random/uuid', '01234567-89ab-4cde-8f01-23456789abcd\n');
  await write('proc/sys/kernel/hostname', 'old\n');
  for (const [path, content] of Object.entries(files)) await write(`root/${path}`, content);
  return {
    top,
    lines: (script) => shell.lines(PRELUDE + script),
    read: (path) => readFile(join(top, path), 'utf8'),
    write,
  };
}
