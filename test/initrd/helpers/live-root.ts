/** Runs the scripts of the live system (lib/live/system) in a root of their own, without a kernel's /proc. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { run } from '../../../src/process.js';

const CHROOT = { program: 'chroot', purpose: 'judges', debianPackage: 'coreutils' };
const SYSTEM = fileURLToPath(
  new URL('../../../init-templates/initrd/lib/live/system', import.meta.url),
);
const TOOLS = '/run/live/bin';

export interface LiveRoot {
  /** Writes files, by absolute paths in that root. */
  write(files: Readonly<Record<string, string | Uint8Array>>, mode?: number): Promise<void>;
  remove(path: string): Promise<void>;
  /** Text of a file, without the last newline. */
  read(path: string): Promise<string>;
  /** Standard output of a script, run by busybox in /run/live/bin. */
  run(script: string): Promise<string>;
}

/** A root with busybox and the scripts, gone at the end of the test; undefined where none can be run. */
export async function liveRoot(
  t: ExecutionContext,
  state: Readonly<Record<string, string>>,
): Promise<LiveRoot | undefined> {
  const top = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(top, { recursive: true, force: true }));
  for (const folder of ['bin', 'run/initramfs/bin'])
    await mkdir(join(top, folder), { recursive: true });
  await cp(SYSTEM, join(top, TOOLS), { recursive: true });
  await cp('/bin/busybox', join(top, 'run/initramfs/bin/busybox'), { dereference: true });
  await symlink('/run/initramfs/bin/busybox', join(top, 'bin/sh'));
  // Only root may change its root, and only a static busybox runs there.
  if (!(await run(CHROOT, [top, '/bin/sh', '-c', 'true']).then(Boolean, () => false))) {
    t.pass('needs root and busybox-static');
    return undefined;
  }
  const root: LiveRoot = {
    async write(files, mode = 0o644) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(top, path)), { recursive: true });
        await writeFile(join(top, path), content, { mode });
      }
    },
    remove: (path) => rm(join(top, path)),
    read: async (path) => (await readFile(join(top, path), 'latin1')).replace(/\n$/, ''),
    run: async (script) => {
      const whole = `cd ${TOOLS}\n${script}`;
      return (await run(CHROOT, [top, '/bin/sh', '-c', whole])).toString('latin1');
    },
  };
  const assignments = Object.entries({ LOADER: '', ...state }).map(
    ([name, value]) => `${name}=${value}\n`,
  );
  await root.write({ '/run/live/state': assignments.join('') });
  return root;
}
