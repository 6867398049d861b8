import { stat } from 'node:fs/promises';
import type { WorkContext } from '../../build/report.js';
import { isInterruption, SnapdiscError } from '../../errors.js';
import { hotCopyOf, type LiveDisc, openLiveDisc, rootFileOf } from '../../extract/live-disc.js';
import { run, shellCommand } from '../../process.js';
import { ISO_BLOCK } from '../../units.js';
import { compareStream } from '../compare.js';
import { readDirect } from '../direct-reader.js';
import { imageSize } from '../image-size.js';
import { type Burner, type BurnJob, findBurner, isPseudoDrive, type Medium } from './burners.js';
import { reasonLines, runBurner } from './run-burner.js';

export interface BurnOptions extends BurnJob {
  /** Read it back and compare. */
  readonly verify: boolean;
  readonly eject: boolean;
}

/**
 * Burns a disc of ours, after a look at the blank, reads it back and opens the tray.
 * @throws SnapdiscError `image.*`, `tool.missing`, `output.no-drive`, `output.drive-failed`, `output.no-medium`,
 *   `output.not-blank`, `output.medium-too-small`, `output.burn-failed`, `output.verify-failed`, `interrupted.signal`
 */
export async function burn(
  options: BurnOptions,
  context: WorkContext,
  burner?: Burner,
): Promise<void> {
  const { reporter, signal } = context;
  const chosen = burner ?? (await findBurner());
  const disc = await openLiveDisc(options.iso);
  /** The blank in the drive, for whoever interrupts. */
  let state: string | undefined;
  try {
    await checkDrive(options.drive);
    const end = endOfRoot(disc);
    const size = imageSize(disc.image, disc.volume);
    reporter.stage('Looking at the blank');
    checkMedium(await lookInto(options.drive, chosen), size);
    reporter.stage(options.dummy ? 'Burning, laser off' : 'Burning', size);
    const onBytes = (bytes: number) => reporter.advance(bytes);
    if (!options.dummy) state = `The disc in ${options.drive} is not whole. ${HOW_TO_ERASE}`;
    await runBurner(chosen.tool, chosen.burnArguments(options), onBytes, signal);
    if (!options.dummy)
      state = `The disc in ${options.drive} is burned, but was not read back whole.`;
    if (options.verify && !options.dummy) {
      reporter.stage('Reading it back', end);
      const written = readDirect(devicePath(options.drive), { start: 0, end });
      await compareStream(written, disc.readAt, { start: 0, end }, options.drive, context);
      state = `The disc in ${options.drive} is well.`;
    }
    if (options.eject && !isPseudoDrive(options.drive)) {
      await openTray(options, chosen, context);
    }
  } catch (error) {
    if (state === undefined || !isInterruption(error)) throw error;
    throw new SnapdiscError('interrupted.signal', 'Interrupted.', { hint: state, cause: error });
  } finally {
    await disc.close();
    reporter.done();
  }
}

const HOW_TO_ERASE = 'A rewritable one is erased by: xorriso -outdev DRIVE -blank as_needed';

/** The command line that would burn, for a dry run. */
export async function burnCommandLine(job: BurnJob): Promise<string> {
  const burner = await findBurner();
  return shellCommand([burner.tool.program, ...burner.burnArguments(job)]);
}

/**
 * Byte of the disc behind root.img and the copy of what a boot reads of it: what follows is small, and drives read the
 * last sectors badly.
 */
function endOfRoot({ volume }: LiveDisc): number {
  const copy = hotCopyOf(volume)?.extents ?? [];
  const extents = [...rootFileOf(volume).file.extents, ...copy];
  return Math.max(...extents.map(({ lba, size }) => lba * ISO_BLOCK + size));
}

/** Burners tell of a drive that is not there in many words. */
async function checkDrive(drive: string): Promise<void> {
  if (isPseudoDrive(drive) || (await stat(drive).catch(() => undefined)) !== undefined) return;
  throw new SnapdiscError('output.no-drive', `There is no drive ${drive}.`, {
    hint: 'Plug it in, or name another one: snapdisc burn DISC DRIVE. CD drives are /dev/sr0, /dev/sr1 and so on.',
  });
}

/** @throws SnapdiscError `tool.missing`, `output.no-medium`, `output.drive-failed` with what the burner said */
async function lookInto(drive: string, burner: Burner): Promise<Medium> {
  try {
    return await burner.inquire(drive);
  } catch (error) {
    if (!(error instanceof SnapdiscError) || error.code !== 'tool.failed') throw error;
    const { program } = burner.tool;
    const reasons = reasonLines(error.message.split('\n')).join('\n');
    throw new SnapdiscError(
      'output.drive-failed',
      `${program} cannot use the drive ${drive}:\n${reasons}`,
      {
        hint: 'CD drives are /dev/sr0, /dev/sr1 and so on; root and the group of their files, often cdrom, may use them.',
        cause: error,
      },
    );
  }
}

/** What was burned, and read back, stays so where the tray does not open. */
async function openTray(
  { drive, dummy, verify }: BurnOptions,
  { tool, ejectArguments }: Burner,
  { reporter, signal }: WorkContext,
): Promise<void> {
  await run(tool, ejectArguments(drive), undefined, signal).catch((error: unknown) => {
    if (isInterruption(error)) throw error;
    const done = dummy ? '' : verify ? 'The disc is well, but the' : 'The disc is burned, but the';
    reporter.warn(`${done || 'The'} tray of ${drive} did not open: open it by hand.`);
  });
}

function checkMedium({ isBlank, freeSectors }: Medium, size: number): void {
  if (!isBlank) {
    throw new SnapdiscError('output.not-blank', 'The disc in the drive is not blank.', {
      hint: `Put a blank one in. ${HOW_TO_ERASE}`,
    });
  }
  const needed = Math.ceil(size / ISO_BLOCK);
  if (freeSectors >= needed) return;
  throw new SnapdiscError(
    'output.medium-too-small',
    `The image has ${needed} sectors, and the blank has room for ${freeSectors}.`,
    { hint: 'Take a larger disc (a CD-R has 359,849 sectors), or leave more out with --exclude.' },
  );
}

function devicePath(drive: string): string {
  return drive.replace(/^stdio:/, '');
}
