import { checkOutput } from '../build/output-file.js';
import { openDiscImage } from '../disc-image.js';
import { driveReport } from '../optical/drive-report.js';
import { headPath } from '../optical/head-path.js';
import { headPathPlot } from '../optical/head-plot.js';
import { headPathSvg } from '../optical/head-svg.js';
import { insertDisc } from '../optical/insert-disc.js';
import { type DiscIdentity, formatReadLog } from '../optical/read-log.js';
import type { DriveFaults, SimulatedDrive } from '../optical/simulated-drive.js';
import { identifyDisc } from '../profile/disc-identity.js';
import type { QemuOptions } from '../qemu/command.js';
import { writeTextFile } from '../text-file.js';
import { interruptible } from './interrupt.js';
import { isAboutTheDisc } from './target-machine.js';
import { type Terminal, writeLine } from './terminal.js';

/** A machine whose disc is in a simulated drive, and what to tell of it afterwards. */
export interface SimulatedRun {
  readonly title: string;
  readonly delays: boolean;
  readonly faults: DriveFaults;
  /** Seconds after power-on at which the disc is taken out. */
  readonly pullSeconds: number | undefined;
  readonly logFile: string | undefined;
  readonly svgFile: string | undefined;
  /** Files that exist are replaced. */
  readonly force: boolean;
  readonly terminal: Terminal;
  readonly isQuiet: boolean;
}

const MAX_COLUMNS = 120;

/**
 * Puts the disc into the drive, lets `runMachine` work with it, and tells what the drive did, also when the
 * machine failed or was interrupted.
 * @throws SnapdiscError `output.*`, and what `insertDisc` and `runMachine` throw.
 */
export async function withSimulatedDrive(
  path: string,
  run: SimulatedRun,
  runMachine: (disc: NonNullable<QemuOptions['iso']>, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  for (const file of [run.logFile, run.svgFile]) {
    if (file !== undefined) await checkOutput(file, [path], run.force);
  }
  const identity = run.logFile === undefined ? undefined : await identityOf(path);
  const { drive, disc, remove } = await insertDisc(path, run);
  const pull = () => {
    drive.faults = { ...drive.faults, pulled: true };
  };
  const timer =
    run.pullSeconds === undefined ? undefined : setTimeout(pull, run.pullSeconds * 1000);
  try {
    await interruptible(run.terminal, (signal) => runMachine(disc, signal));
  } finally {
    clearTimeout(timer);
    await remove();
    await tell(drive, run, identity);
  }
}

/** Of a disc that is none of ours, or is damaged, a log is written all the same. */
async function identityOf(path: string): Promise<DiscIdentity | undefined> {
  const image = await openDiscImage(path);
  try {
    return await identifyDisc(image.readAt);
  } catch (error) {
    if (isAboutTheDisc(error)) return undefined;
    throw error;
  } finally {
    await image.close();
  }
}

async function tell(
  drive: SimulatedDrive,
  run: SimulatedRun,
  identity: DiscIdentity | undefined,
): Promise<void> {
  const { stderr } = run.terminal;
  const path = headPath(drive.log);
  if (!run.isQuiet) {
    writeLine(stderr, driveReport(drive.totals));
    const columns = Math.min(stderr.columns ?? 80, MAX_COLUMNS);
    for (const line of headPathPlot(path, columns)) writeLine(stderr, line);
  }
  if (run.logFile !== undefined)
    await writeTextFile(run.logFile, formatReadLog(drive.log, identity));
  if (run.svgFile !== undefined) await writeTextFile(run.svgFile, headPathSvg(path, run.title));
}
