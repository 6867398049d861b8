import { HOT_COPY_PATH } from '../build/disc-paths.js';
import { checkOutput } from '../build/output-file.js';
import { openDiscImage } from '../disc-image.js';
import { SnapdiscError } from '../errors.js';
import { modelReads } from '../optical/drive-model.js';
import { driveReport } from '../optical/drive-report.js';
import { isKernelTrace, parseKernelTrace } from '../optical/kernel-trace.js';
import { type DiscIdentity, parseReadLog, type TimedRead } from '../optical/read-log.js';
import { type DiscMap, mapDisc } from '../profile/disc-map.js';
import { driveUse } from '../profile/drive-use.js';
import { profileFromReads } from '../profile/from-reads.js';
import { type Profile, withoutGlobs } from '../profile/profile.js';
import { readText, writeProfile } from '../profile/profile-files.js';
import {
  BOOT_EVENTS,
  type BootEvent,
  RECORDING_MACHINE,
  type Recording,
  type RecordingEnd,
  recordBoot,
  recordReads,
} from '../profile/record-boot.js';
import { flagsToTell, missingParameters } from '../profile/serial-parameters.js';
import { compilePath } from '../rootfs/path-pattern.js';
import { interruptible } from './interrupt.js';
import { type MachineFlags, machineOf } from './machine-flags.js';
import { withPauseKey } from './pause-key.js';
import { driveUseLines } from './profile-text.js';
import { checkScreen, qemuOptions, runMachine } from './run-disc.js';
import { positiveNumber } from './seconds.js';
import { targetOfDisc } from './target-machine.js';
import { type Terminal, writeLine } from './terminal.js';

/** A boot pauses for less where programs compute instead of being read, even on a slow machine. */
const QUIET_SECONDS = 15;

/** The flags of `profile DISC`. */
export interface RecordFlags extends MachineFlags {
  readonly output: string;
  readonly force?: boolean;
  readonly seconds?: string;
  readonly until: BootEvent;
  readonly timeout: string;
  readonly window?: boolean;
  readonly from?: string;
  readonly exclude?: readonly string[];
  readonly quiet?: boolean;
}

/**
 * Boots the disc, or takes the log of a boot, and writes the profile of it.
 * @throws SnapdiscError `usage.*`, `image.*`, `output.*`, `vm.*`, `interrupted.*`
 */
export async function recordProfile(
  disc: string,
  flags: RecordFlags,
  terminal: Terminal,
): Promise<void> {
  const say = (line: string) => {
    if (!flags.quiet) writeLine(terminal.stderr, line);
  };
  const end = recordingEnd(flags);
  const exclude = flags.exclude ?? [];
  // A mistake in a glob is told before the boot.
  for (const glob of exclude) compilePath(glob);
  await checkOutput(flags.output, [disc], flags.force === true);
  // A disc that cannot be mapped is not worth a boot.
  const image = await openDiscImage(disc);
  const map = await mapDisc(image.readAt).finally(() => image.close());
  const { reads, untilEvent } =
    flags.from === undefined
      ? await boot(disc, flags, end, terminal, say)
      : wholeRecording(loggedReads(await readText(flags.from), map));
  const whole = profileFromReads(reads, map);
  const { profile, unmatched } = withoutGlobs(whole, exclude);
  for (const glob of unmatched) say(`Warning: --exclude ${glob} matches nothing that was read.`);
  if (wasSwept(whole, map)) {
    say('Warning: That boot was swept, so little of what it wanted was read: add live.sweep=no.');
  }
  await writeProfile(flags.output, profile);
  const bootReads = reads.slice(0, untilEvent);
  say(driveReport(modelReads(bootReads)));
  for (const line of driveUseLines(driveUse(bootReads, map))) say(line);
  say(
    `${flags.output}: ${profile.entries.length} accesses. See it: snapdisc profile show ${flags.output}`,
  );
}

/** Whether the compressed copy was read, and not just what lies beside another file. Pure. */
export function wasSwept({ entries }: Profile, { sectors }: Pick<DiscMap, 'sectors'>): boolean {
  let [read, all] = [0, 0];
  for (const { kind, path, count } of entries) {
    if (kind === 'disc' && path === HOT_COPY_PATH) read += count;
  }
  for (const { owner, count } of sectors.runs) {
    if (owner.kind === 'disc-file' && owner.path === HOT_COPY_PATH) all += count;
  }
  return read > all / 2;
}

/** A recording of any origin. */
type TimedRecording = Omit<Recording, 'reads'> & { readonly reads: readonly TimedRead[] };

function wholeRecording(reads: readonly TimedRead[]): TimedRecording {
  return { reads, untilEvent: reads.length };
}

/** The reads in a log, whichever kind it is. @throws SnapdiscError `usage.read-log` */
function loggedReads(text: string, map: DiscMap): readonly TimedRead[] {
  const { reads, disc } = isKernelTrace(text) ? parseKernelTrace(text) : parseReadLog(text);
  const hint = differenceFrom(map, disc);
  if (hint === undefined) return reads;
  throw new SnapdiscError('usage.read-log', 'The log is of another disc, or another build of it.', {
    hint,
  });
}

/** What tells the disc of a log from that of `map`, as a sentence. */
function differenceFrom(
  map: DiscMap,
  { uuid, rootStart }: Partial<DiscIdentity>,
): string | undefined {
  if (uuid === undefined) return undefined;
  if (uuid !== map.rootUuid) {
    return `It is of one with the root UUID ${uuid}; this one has ${map.rootUuid || 'none'}.`;
  }
  // An order of the disc's files, or what is in the initrd, moves root.img and is no part of its UUID.
  if (rootStart === undefined || rootStart === map.rootStart) return undefined;
  return `There, root.img began at byte ${rootStart}, and on this one at byte ${map.rootStart}.`;
}

async function boot(
  disc: string,
  flags: RecordFlags,
  end: RecordingEnd,
  terminal: Terminal,
  say: (line: string) => void,
): Promise<TimedRecording> {
  if (flags.window) return wholeRecording(await bootInWindow(disc, flags, terminal, say));
  const machine = machineOf(flags, await targetOfDisc(disc));
  const until =
    end.kind === 'event'
      ? `there is ${BOOT_EVENTS[end.event].title} and the drive is quiet`
      : `${end.seconds} s are over`;
  say(`Booting ${disc}, and recording until ${until}.`);
  const told =
    end.kind === 'event' ? { ...end, parameters: await missingParameters(disc, end.event) } : end;
  return interruptible(terminal, (signal) =>
    recordBoot(disc, { ...machine, signal }, told, (drive, wait) =>
      withPauseKey(terminal, drive, say, wait),
    ),
  ).catch((error: unknown) => {
    if (!(error instanceof SnapdiscError && error.code === 'vm.timeout') || end.kind !== 'event')
      throw error;
    throw new SnapdiscError('vm.timeout', error.message, {
      hint: `Build the disc with ${flagsToTell(end.event)}, or give --seconds to record without what it says there.`,
      cause: error,
    });
  });
}

/** For what the user starts by hand. */
async function bootInWindow(
  path: string,
  flags: RecordFlags,
  terminal: Terminal,
  say: (line: string) => void,
): Promise<readonly TimedRead[]> {
  const options = qemuOptions(path, machineOf(flags, await targetOfDisc(path)), terminal);
  checkScreen(options, terminal, 'or record without --window');
  say(`Booting ${path}, and recording until the machine is off.`);
  return recordReads(path, (disc, drive) =>
    interruptible(terminal, (signal) => {
      const work = () =>
        runMachine({ ...options, iso: disc, serialNumber: RECORDING_MACHINE }, signal);
      // A machine that has the whole terminal has its keys too.
      return options.display === 'window' ? withPauseKey(terminal, drive, say, work) : work();
    }),
  );
}

function recordingEnd({ seconds, until, timeout }: RecordFlags): RecordingEnd {
  if (seconds !== undefined)
    return { kind: 'seconds', seconds: positiveNumber('--seconds', seconds) };
  const timeoutSeconds = positiveNumber('--timeout', timeout);
  return {
    ...{ kind: 'event', event: until, parameters: [] },
    ...{ timeoutSeconds, quietSeconds: QUIET_SECONDS },
  };
}
