/** Runs functions of init-templates/initrd inside an unpacked initrd, with its own busybox. */
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SnapdiscError } from '../../../src/errors.js';
import { run } from '../../../src/process.js';

const CHROOT = { program: 'chroot', purpose: 'judges', debianPackage: 'coreutils' };

/** What is inside of /init in the initrd. */
const STAGES = fileURLToPath(new URL('../../../init-templates/initrd/lib/live', import.meta.url));

/** The kernel is not to be touched: what would be inserted is kept and told. */
const INSMOD = 'insmod() { cat "$1" >"/run/live/inserted-$(basename "$1")"; echo insmod "$@"; }';

/** Scripts that wait for something end here where it never comes, with all that they started; most take seconds. */
const TIMEOUT = { program: 'timeout', purpose: 'ends what hangs', debianPackage: 'coreutils' };
const LIMIT_SECONDS = 300;

export interface InitShell {
  /** Standard output of `script`, in lines, modules.sh being sourced. */
  lines(script: string): Promise<string[]>;
  /** What has been inserted as NAME.ko. */
  inserted(name: string): Promise<Buffer>;
  /** From now on `names` count as loaded. */
  load(...names: string[]): Promise<void>;
  /** Where the modules are, in the initrd. */
  readonly modules: string;
}

/** A shell in the initrd at `top`; undefined where only root, or no such machine, could run it. */
export async function initShell(top: string): Promise<InitShell | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    await run(CHROOT, [top, '/bin/busybox', 'true']);
  } catch (error) {
    if (error instanceof SnapdiscError && /Exec format error/.test(error.message)) return undefined;
    throw error;
  }
  await cp(STAGES, join(top, 'lib/live'), { recursive: true, force: false });
  // modprobe asks for the running kernel's folder, and for what is loaded.
  const folder = join(top, 'lib/modules');
  const modules = `/lib/modules/${release()}`;
  for (const version of await readdir(folder)) await rename(join(folder, version), top + modules);
  await mkdir(join(top, 'run/live'), { recursive: true });
  await writeFile(join(top, 'proc/modules'), '');
  return {
    modules,
    async lines(script) {
      const whole = `PATH=/bin:/sbin\n. /lib/live/modules.sh\n${INSMOD}\n${script}`;
      const argv = [CHROOT.program, top, '/bin/sh', '-c', whole];
      const said = await run(TIMEOUT, ['--kill-after=5', `${LIMIT_SECONDS}`, ...argv]);
      return said.toString('latin1').split('\n').slice(0, -1);
    },
    inserted: (name) => readFile(join(top, `run/live/inserted-${name}.ko`)),
    async load(...names) {
      for (const name of names) {
        await mkdir(join(top, `sys/module/${name}/holders`), { recursive: true });
      }
    },
  };
}
