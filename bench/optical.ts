import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SnapdiscError } from '../src/errors.js';
import { type DriveTotals, modelReads } from '../src/optical/drive-model.js';
import { insertDisc } from '../src/optical/insert-disc.js';
import { mapInParallel } from '../src/parallel.js';
import { VirtualMachine } from '../src/qemu/virtual-machine.js';
import { type OpticalDisc, opticalDiscs } from './optical-systems.js';
import { type DriveRow, targetCell } from './optical-targets.js';
import { leastThatWorks } from './search.js';
import { benchSession, type Session } from './session.js';
import { markdownRows } from './table.js';

/** What booting a disc does to an optical drive, ours beside the peers', in one run. */

/** Of slow and of fast drives, besides the model's 24x: the same reads, with as many head moves. */
const OTHER_SPEEDS = [8, 48];
const HEADINGS = [
  'Debian',
  'Disc',
  'Memory',
  'Read, MB',
  'Head moves',
  'Modelled, s',
  ...OTHER_SPEEDS.map((speed) => `At ${speed}x, s`),
  'With delays, s',
  'Without, s',
  'ISO, MB',
  'Least RAM',
  'Target',
];
const BOOT_SECONDS = 900;
/** The search for the least memory. */
const LEAST = { step: 16, lowest: 32, highest: 1024, bootSeconds: 300 };

async function main(session: Session): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const all = await opticalDiscs(session);
  // A part of the table: rows with all of these words.
  const discs = all.filter((disc) => positionals.every((word) => title(disc).includes(word)));
  const results = await mapInParallel(discs, async (disc) => {
    session.say(`--- ${title(disc)}`);
    const result = await measure(disc, session).catch(reported(disc, session));
    if ('drive' in result) session.say(cells(result).join('  '));
    return result;
  });
  const rows = results.flatMap((result) => ('drive' in result ? result.drive : []));
  const table = markdownRows(
    HEADINGS,
    results.map((result) =>
      'drive' in result
        ? [...cells(result), targetCell(result.drive, result.disc.target, rows)]
        : failedCells(result.disc),
    ),
  );
  process.stdout.write(`${table}\n`);
  if (discs.length < all.length) return;
  await session.publish('make bench-optical', 'as many discs at a time as processors', table);
}

function title({ system, name, memoryMiB }: OpticalDisc): string {
  return `${system.name} ${name}, ${memoryMiB} MiB`;
}

/** A disc that could not be made or did not boot, which does not cost the others their rows. */
interface Failed {
  readonly disc: OpticalDisc;
}

function reported(disc: OpticalDisc, { say }: Session): (error: unknown) => Failed {
  return (error) => {
    if (!(error instanceof SnapdiscError)) throw error;
    say(`${title(disc)}: ${error.message}`);
    process.exitCode = 1;
    return { disc };
  };
}

function failedCells({ system, name, memoryMiB }: OpticalDisc): string[] {
  const cells = [system.name, name, `${memoryMiB} MiB`, 'failed'];
  return HEADINGS.map((_, index) => cells[index] ?? '');
}

interface Measured {
  readonly disc: OpticalDisc;
  readonly drive: DriveRow;
  /** Modelled seconds of drives of `OTHER_SPEEDS`. */
  readonly otherSeconds: readonly number[];
  /** Bytes. */
  readonly read: number;
  readonly isoSize: number;
  /** From power-on until the system is ready, in a drive with delays and in one without. */
  readonly delayed: number;
  readonly undelayed: number;
  /** MiB; undefined where it was not found. */
  readonly least: number | undefined;
}

async function measure(disc: OpticalDisc, { folder, say }: Session): Promise<Measured> {
  const { system, name, memoryMiB, leastFrom } = disc;
  const iso = path.join(folder, `${title(disc).replaceAll(/\W+/g, '-')}.iso`);
  await disc.make(iso);
  try {
    const undelayed = await boot(disc, iso, false);
    const delayed = await boot(disc, iso, true);
    const least =
      leastFrom === undefined ? undefined : await leastMemory(disc, iso, leastFrom, say);
    // What starts side by side asks in another order each time: the row has the boot that costs the drive more.
    const dearer = delayed.totals.seconds > undelayed.totals.seconds ? delayed : undelayed;
    const { bytes, headMoves, seconds } = dearer.totals;
    return {
      disc,
      drive: { system: system.name, name, memoryMiB, headMoves, seconds },
      otherSeconds: dearer.otherSeconds,
      read: bytes,
      isoSize: (await stat(iso)).size,
      delayed: delayed.seconds,
      undelayed: undelayed.seconds,
      least,
    };
  } finally {
    for (const rest of ['', '.work', '.profile']) {
      await rm(iso + rest, { recursive: true, force: true });
    }
  }
}

/** All but the target, which may look at other rows. */
function cells(measured: Measured): string[] {
  const { disc, drive, otherSeconds, read, isoSize, delayed, undelayed, least } = measured;
  return [
    drive.system,
    drive.name,
    `${drive.memoryMiB} MiB`,
    (read / 1e6).toFixed(1),
    String(drive.headMoves),
    drive.seconds.toFixed(1),
    ...otherSeconds.map((seconds) => seconds.toFixed(1)),
    delayed.toFixed(0),
    undelayed.toFixed(0),
    (isoSize / 1e6).toFixed(0),
    disc.leastFrom === undefined ? '' : least === undefined ? 'not found' : `${least} MiB`,
  ];
}

interface Boot {
  readonly totals: DriveTotals;
  readonly otherSeconds: readonly number[];
  /** From power-on until the system is ready. */
  readonly seconds: number;
}

/** Boots a disc in a simulated drive until its system is ready. */
async function boot(disc: OpticalDisc, iso: string, delays: boolean): Promise<Boot> {
  const { drive, disc: inserted, remove } = await insertDisc(iso, { delays });
  try {
    await waitUntilReady(disc, inserted, disc.memoryMiB, { seconds: BOOT_SECONDS });
    const { totals, seconds, log } = drive;
    const otherSeconds = OTHER_SPEEDS.map((speed) => modelReads(log, speed).seconds);
    return { totals, otherSeconds, seconds };
  } finally {
    await remove();
  }
}

/** The least MiB in which the system gets ready; in a drive that takes no time. */
function leastMemory(
  disc: OpticalDisc,
  iso: string,
  start: number,
  say: Session['say'],
): Promise<number | undefined> {
  const { bootSeconds, ...bounds } = LEAST;
  return leastThatWorks({
    ...bounds,
    start,
    attempt: async (memoryMiB) => {
      const limits = { seconds: bootSeconds, silenceSeconds: disc.system.mostSilence };
      const works = await waitUntilReady(disc, iso, memoryMiB, limits).then(
        () => true,
        (error: unknown) => {
          if (error instanceof SnapdiscError && error.code.startsWith('vm.')) return false;
          throw error;
        },
      );
      say(`${title(disc)}: ${works ? 'works' : 'fails'} in ${memoryMiB} MiB`);
      return works;
    },
  });
}

/** For how long a machine may take, and say nothing meanwhile. */
interface BootLimits {
  readonly seconds: number;
  readonly silenceSeconds?: number | undefined;
}

async function waitUntilReady(
  { system: { qemu, ready } }: OpticalDisc,
  iso: Parameters<typeof VirtualMachine.start>[0]['iso'],
  memoryMiB: number,
  { seconds, silenceSeconds = seconds }: BootLimits,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceSeconds * 1000);
  const machine = await VirtualMachine.start({
    ...{ iso, arch: qemu, memoryMiB, drive: 'ide', noReboot: true },
    signal: silence.signal,
    onText: () => timer.refresh(),
  });
  try {
    await machine.expect(ready, seconds);
  } finally {
    clearTimeout(timer);
    await machine.stop();
  }
}

await benchSession(main);
