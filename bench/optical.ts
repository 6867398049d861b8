import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { DriveTotals } from '../src/optical/drive-model.js';
import { insertDisc } from '../src/optical/insert-disc.js';
import { LOGIN_PROMPT } from '../src/profile/record-boot.js';
import { VirtualMachine } from '../src/qemu/virtual-machine.js';
import { type OpticalSystem, opticalSystems, QEMU } from './optical-systems.js';
import { benchSession, type Session } from './session.js';
import { markdownRows } from './table.js';

/** What booting a disc does to an optical drive, ours beside the peers', in one run. */

const HEADINGS = [
  'Disc',
  'Debian',
  'Memory',
  'Read, MB',
  'Head moves',
  'Modelled, s',
  'With delays, s',
  'Without, s',
  'ISO, MB',
];
const BOOT_SECONDS = 900;

async function main(session: Session): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const systems = opticalSystems(session);
  const rows: string[][] = [];
  for (const system of systems) {
    const title = `${system.arch} ${system.name}`;
    // A part of the table, by words of the first two columns.
    if (!positionals.every((word) => title.includes(word))) continue;
    session.say(`--- ${title}`);
    rows.push(await measure(system, session));
    session.say(rows.at(-1)?.join('  ') ?? '');
  }
  const table = markdownRows(HEADINGS, rows);
  process.stdout.write(`${table}\n`);
  if (rows.length === systems.length) {
    await session.publish('make bench-optical', 'one boot with delays and one without', table);
  }
}

async function measure(system: OpticalSystem, { folder }: Session): Promise<string[]> {
  const iso = path.join(folder, 'optical.iso');
  await system.make(iso);
  const { size } = await stat(iso);
  const counted = await boot(system, iso, false);
  const delayed = await boot(system, iso, true);
  for (const rest of ['', '.work', '.first'])
    await rm(iso + rest, { recursive: true, force: true });
  const { bytes, headMoves, seconds } = counted.totals;
  return [
    system.name,
    system.arch,
    `${system.memoryMiB} MiB`,
    (bytes / 1e6).toFixed(1),
    String(headMoves),
    seconds.toFixed(1),
    delayed.seconds.toFixed(0),
    counted.seconds.toFixed(0),
    (size / 1e6).toFixed(0),
  ];
}

interface Boot {
  readonly totals: DriveTotals;
  /** From power-on to the login prompt. */
  readonly seconds: number;
}

/** Boots a disc to a login prompt on the serial port. */
async function boot(system: OpticalSystem, iso: string, delays: boolean): Promise<Boot> {
  const { drive, disc, remove } = await insertDisc(iso, { delays });
  try {
    const { memoryMiB, arch } = system;
    const options = {
      iso: disc,
      arch: QEMU[arch],
      memoryMiB,
      drive: 'ide',
      noReboot: true,
    } as const;
    const machine = await VirtualMachine.start(options);
    try {
      await machine.expect(LOGIN_PROMPT, BOOT_SECONDS);
      return { totals: drive.totals, seconds: drive.seconds };
    } finally {
      await machine.stop();
    }
  } finally {
    await remove();
  }
}

await benchSession(main);
