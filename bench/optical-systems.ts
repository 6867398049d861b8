import path from 'node:path';
import { run, shellCommand } from '../src/process.js';
import { type DebianArchitecture, debianTar } from '../test/fixtures/debian.js';
import { benchScript, buildCommand, tool } from './inputs.js';
import type { Session } from './session.js';

/** A live CD whose boot is measured. */
export interface OpticalSystem {
  /** For people: `live-boot, squashfs with xz`. */
  readonly name: string;
  readonly arch: DebianArchitecture;
  /** Of the machine that boots it. */
  readonly memoryMiB: number;
  /** Makes the disc at `iso`, from the same Debian as all. */
  readonly make: (iso: string) => Promise<void>;
}

const LIVE_BOOT = ['live-boot', 'live-boot-initramfs-tools'];
const DRACUT = ['dracut', 'dracut-live'];
/** The packages' own initrd is for the machine it is made on. */
const DRACUT_HOOK =
  'chroot "$1" sh -c \'dracut --no-hostonly --add dmsquash-live --force --kver "$(ls /lib/modules)"\'';

/** MiB, by what the peers need at least, and more. */
const PEER_MEMORY: Record<DebianArchitecture, number> = { i386: 256, amd64: 512 };

export function opticalSystems({ folder, say }: Session): OpticalSystem[] {
  const liveBoot = (arch: DebianArchitecture, compression: 'xz' | 'zstd'): OpticalSystem => ({
    name: `live-boot, squashfs with ${compression}`,
    arch,
    memoryMiB: PEER_MEMORY[arch],
    make: async (iso) => {
      const rootfs = await debianTar(arch, LIVE_BOOT);
      await script('live-boot.sh', [rootfs, compression, `${iso}.work`, iso]);
    },
  });
  const dracut = (arch: DebianArchitecture): OpticalSystem => ({
    name: 'dracut, dmsquash-live',
    arch,
    memoryMiB: PEER_MEMORY[arch],
    make: async (iso) => {
      const rootfs = await debianTar(arch, DRACUT, DRACUT_HOOK);
      await script('dracut.sh', [rootfs, `${iso}.work`, iso]);
    },
  });
  const plain = (arch: DebianArchitecture, memoryMiB: number): OpticalSystem => ({
    name: 'snapdisc, no profile',
    arch,
    memoryMiB,
    make: async (iso) => snapdisc(buildCommand(await debianTar(arch), iso, ['--serial'])),
  });
  /** The profile is of a boot of the same disc without one. */
  const profiled = (arch: DebianArchitecture, memoryMiB: number): OpticalSystem => ({
    name: 'snapdisc, profiled',
    arch,
    memoryMiB,
    make: async (iso) => {
      const rootfs = await debianTar(arch);
      const profile = path.join(folder, `${arch}-${memoryMiB}.profile`);
      const first = `${iso}.first`;
      await snapdisc(buildCommand(rootfs, first, ['--serial']));
      const machine = [`--arch=${QEMU[arch]}`, `--memory=${memoryMiB}`];
      say(`recording the boot of ${arch} in ${memoryMiB} MiB`);
      const [program = ''] = buildCommand('', '');
      await snapdisc([program, 'profile', first, '-o', profile, ...machine]);
      await snapdisc(buildCommand(rootfs, iso, ['--serial', `--profile=${profile}`]));
    },
  });
  return [
    ...[liveBoot('amd64', 'xz'), liveBoot('amd64', 'zstd'), dracut('amd64')],
    ...[plain('amd64', 256), profiled('amd64', 256)],
    ...[liveBoot('i386', 'xz'), liveBoot('i386', 'zstd')],
    ...[plain('i386', 128), profiled('i386', 128), profiled('i386', 64)],
  ];

  async function script(name: string, args: readonly string[]): Promise<void> {
    await run(tool('sh', 'dash'), [benchScript(name), ...args]);
  }

  async function snapdisc([program = '', ...args]: readonly string[]): Promise<void> {
    say(shellCommand([program, ...args]));
    await run(tool(program, 'nodejs'), args);
  }
}

/** QEMU's names. */
export const QEMU: Record<DebianArchitecture, 'i386' | 'x86_64'> = {
  i386: 'i386',
  amd64: 'x86_64',
};
