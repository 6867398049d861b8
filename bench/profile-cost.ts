import { rm } from 'node:fs/promises';
import path from 'node:path';
import { insertDisc } from '../src/optical/insert-disc.js';
import { BOOT_EVENTS } from '../src/profile/record-boot.js';
import { VirtualMachine } from '../src/qemu/virtual-machine.js';
import { type Bench, type Inputs, snapdiscCommand } from './inputs.js';
import { measure } from './measure.js';
import { median, pairwiseRatios } from './statistics.js';
import { type Figure, formatSpread } from './table.js';

const MACHINE = { arch: 'i386', memoryMiB: 128, drive: 'ide' } as const;
const ROUNDS = 3;
/** `snapdisc profile` may take so many boots. */
const MOST_BOOTS = 2;

/** `snapdisc profile`, as users run it, against boots of the same disc to its login prompt. */
export async function benchProfileCost(bench: Bench, inputs: Inputs): Promise<Figure[]> {
  const iso = await inputs.disc('i386');
  const profile = path.join(bench.folder, 'cost.profile');
  const machine = [`--arch=${MACHINE.arch}`, `--memory=${MACHINE.memoryMiB}`];
  const command = snapdiscCommand('profile', iso, '-o', profile, '--force', ...machine);
  const [recordings, boots]: [number[], number[]] = [[], []];
  for (let round = 1; round <= ROUNDS; round++) {
    recordings.push((await measure(command)).seconds);
    boots.push(await boot(iso, bench.bootSeconds));
    bench.say(`profile ${recordings.at(-1)} s, boot ${boots.at(-1)?.toFixed(1)} s`);
  }
  await rm(profile);
  return profileFigures(recordings, boots);
}

/** The rows, of seconds that were measured right after each other. Pure. */
export function profileFigures(recordings: readonly number[], boots: readonly number[]): Figure[] {
  const ratios = pairwiseRatios(recordings, boots);
  const row = (metric: string, seconds: readonly number[]): Figure => ({
    ...{ metric, unit: 's', value: median(seconds), remark: formatSpread(seconds, 's') },
  });
  return [
    {
      ...{ metric: 'Profile of Debian i386 / its boot', unit: 'ratio', value: median(ratios) },
      ...{ atMost: MOST_BOOTS, remark: formatSpread(ratios, 'ratio') },
    },
    row('Profile of Debian i386, time', recordings),
    row('Boot of Debian i386 in 128 MiB to its login prompt, time', boots),
  ];
}

/** Seconds from power-on to the login prompt, in the drive of a recording, which takes no time. */
async function boot(iso: string, most: number): Promise<number> {
  const { drive, disc, remove } = await insertDisc(iso, { delays: false });
  try {
    const machine = await VirtualMachine.start({ ...MACHINE, iso: disc });
    try {
      await machine.expect(BOOT_EVENTS.login.said, most);
      return drive.seconds;
    } finally {
      await machine.stop();
    }
  } finally {
    await remove();
  }
}
