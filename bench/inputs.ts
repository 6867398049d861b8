import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, type Tool } from '../src/process.js';
import { busyboxInitTar } from '../test/fixtures/busybox-init.js';
import { type DebianArchitecture, debianTar } from '../test/fixtures/debian.js';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** What every section needs. */
export interface Bench {
  /** A folder for everything that is made. */
  readonly folder: string;
  /** How often each build and each copy runs. */
  readonly rounds: number;
  /** How long a machine may take to a shell. */
  readonly bootSeconds: number;
  /** Tells people what is going on. */
  readonly say: (line: string) => void;
}

/** Debian with systemd for one of two architectures, or the i386 one with busybox as its init. */
export type SystemName = DebianArchitecture | 'busybox';

/** The same root filesystem for all sections, a tar archive; and its disc, made when first asked. */
export class Inputs {
  readonly #bench: Bench;
  readonly #discs = new Map<SystemName, Promise<string>>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  rootfs(system: SystemName): Promise<string> {
    return system === 'busybox' ? busyboxInitTar() : debianTar(system);
  }

  /** Path of a disc as users make it, which talks on the serial port. */
  disc(system: SystemName): Promise<string> {
    const known = this.#discs.get(system);
    if (known !== undefined) return known;
    const made = this.#make(system);
    this.#discs.set(system, made);
    return made;
  }

  async #make(system: SystemName): Promise<string> {
    this.#bench.say(`making the disc of ${system}`);
    const iso = path.join(this.#bench.folder, `${system}.iso`);
    const [program, ...args] = buildCommand(await this.rootfs(system), iso, SERIAL_CONSOLE);
    await run(tool(program, 'nodejs'), args);
    return iso;
  }
}

const SERIAL_CONSOLE = ['--serial', '--autologin'];

/** The command line of the program as users run it. */
export function snapdiscCommand(...args: readonly string[]): [string, ...string[]] {
  return [path.join(PROJECT, 'bin/snapdisc.js'), ...args];
}

/** That of a build. An output that exists is replaced. */
export function buildCommand(rootfs: string, iso: string, flags: readonly string[] = []) {
  return snapdiscCommand('build', rootfs, '-o', iso, '--force', '--quiet', ...flags);
}

/** A boot profile of nothing: it keeps the one that comes with snapdisc away, and names alone decide. */
export const EMPTY_PROFILE = 'snapdisc-profile 1\n';

/** The same, where nothing is left of earlier builds. */
export function firstBuildCommand(rootfs: string, iso: string): string[] {
  // No folder can be made there.
  return ['env', 'SNAPDISC_CACHE=/dev/null/cache', ...buildCommand(rootfs, iso)];
}

/** Path of a script beside this file. */
export function benchScript(name: string): string {
  return path.join(PROJECT, 'bench', name);
}

export function tool(program: string, debianPackage: string): Tool {
  return { program, purpose: 'is measured, or makes what is', debianPackage };
}
