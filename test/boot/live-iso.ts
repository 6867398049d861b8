import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { run, shellCommand } from '../../src/process.js';
import { type DebianArchitecture, debianTar } from '../fixtures/debian.js';
import { makeDeb } from '../fixtures/make-deb.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** What a disc is made from besides its source: the built program and its templates. */
const INGREDIENTS = [
  'dist',
  'bin',
  'grub',
  'init-templates',
  'isolinux',
  'profiles',
  'test/fixtures/make-deb.ts',
];

/** Where the daemon's package lies in the running system: on the disc, beside the root image. */
export const PACKAGE_ON_MEDIUM = '/run/live/medium/tests/snapdisc-heartbeat.deb';

/** What a disc has besides the plain system. */
export interface Flavour {
  /** Begins with `+`; empty for the plain one. */
  readonly name: string;
  /** Debian packages. */
  readonly packages: readonly string[];
  /** Makes another root filesystem, and gives the path of its archive. Default: Debian with `packages`. */
  readonly rootfs?: () => Promise<string>;
  /** Executable files of the disc, by path. */
  readonly onDisc: Readonly<Record<string, string>>;
  /** Flags of `snapdisc build`: who can log in. */
  readonly login: readonly string[];
  /** Text of a script for `--initrd-hook`. */
  readonly initrdHook?: string;
  /** Text of a boot profile. */
  readonly profile?: string;
  /** More flags of `snapdisc build`. */
  readonly flags?: readonly string[];
}

/** Logs root in. */
export const PLAIN: Flavour = { name: '', packages: [], onDisc: {}, login: ['--autologin'] };

/**
 * A live disc made by the built `snapdisc` from a real Debian, talking on the serial port, with root
 * logged in. Made once for each state of the program and shared by all test processes.
 */
export async function liveIso(arch: DebianArchitecture, flavour: Flavour = PLAIN): Promise<string> {
  const source = await (flavour.rootfs?.() ?? debianTar(arch, flavour.packages));
  const folder = path.join(path.dirname(source), 'boot-tests');
  await mkdir(folder, { recursive: true });
  const name = `${arch}${flavour.name}`;
  const key = await ingredientsKey(source, flavour);
  const iso = path.join(folder, `${name}-${key}.iso`);
  const extras = await mkdtemp(path.join(tmpdir(), 'snapdisc-test-'));
  try {
    const deb = await makeDeb(extras);
    const onDisc = path.join(extras, 'on-disc');
    await mkdir(path.join(onDisc, 'tests'), { recursive: true });
    await run(tool('cp'), [deb, path.join(onDisc, 'tests', path.basename(PACKAGE_ON_MEDIUM))]);
    const build = [process.execPath, path.join(PROJECT, 'bin/snapdisc.js'), 'build', source];
    for (const [file, content] of Object.entries(flavour.onDisc)) {
      await mkdir(path.dirname(path.join(onDisc, file)), { recursive: true });
      await writeFile(path.join(onDisc, file), content, { mode: 0o755 });
    }
    const more = [...flavour.login];
    if (flavour.initrdHook !== undefined) {
      const hook = path.join(extras, '10-hook');
      await writeFile(hook, flavour.initrdHook, { mode: 0o755 });
      more.push('--initrd-hook', hook);
    }
    if (flavour.profile !== undefined) {
      const profile = path.join(extras, 'boot.profile');
      await writeFile(profile, flavour.profile);
      more.push('--profile', profile);
    }
    const flags = ['--serial', ...more, ...(flavour.flags ?? []), '--disc-include', `${onDisc}:/`];
    const command = shellCommand([...build, ...flags, '--force', '-o', iso]);
    // Whoever comes second waits for the lock and then finds the disc.
    const lock = path.join(folder, `${name}.lock`);
    await run(tool('flock'), [lock, 'sh', '-c', `[ -e ${iso} ] || ${command}`]);
  } finally {
    await rm(extras, { recursive: true, force: true });
  }
  await removeOlder(folder, name, iso);
  return iso;
}

/** SHA-256 of a file, in hex. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

function tool(program: string) {
  return { program, purpose: 'makes the discs of the boot tests', debianPackage: 'util-linux' };
}

/** Names everything that decides what the disc is; the source by the name its script gave it. */
async function ingredientsKey(source: string, flavour: Flavour): Promise<string> {
  const hash = createHash('sha256').update(path.basename(source)).update(JSON.stringify(flavour));
  for (const name of INGREDIENTS) await hashTree(path.join(PROJECT, name), hash);
  return hash.digest('hex').slice(0, 12);
}

async function hashTree(file: string, hash: Hash): Promise<void> {
  const entries = await readdir(file, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) {
    hash.update(`\0${path.relative(PROJECT, file)}\0`).update(await readFile(file));
    return;
  }
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1)))
    await hashTree(path.join(file, name), hash);
}

/** Discs are large, and those of an older program are never asked for again. */
async function removeOlder(folder: string, disc: string, iso: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const isOld = name.startsWith(`${disc}-`) && path.join(folder, name) !== iso;
    if (isOld) await rm(path.join(folder, name), { force: true });
  }
}
