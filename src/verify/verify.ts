import type { Reporter } from '../build/report.js';
import { openDiscImage } from '../disc-image.js';
import { SnapdiscError } from '../errors.js';
import { type BootOptions, type BootReport, isGoodBoot, verifyBoot } from './boot.js';
import type { Check } from './check.js';
import { verifyByE2fsck } from './e2fsck.js';
import { leastMemory } from './least-memory.js';
import { verifyStructure } from './structure.js';

export interface VerifyOptions {
  /** Undefined: the disc is not booted. */
  readonly boot: Omit<BootOptions, 'signal'> | undefined;
  /** Look for the least memory the disc boots in, at most that of `boot`. */
  readonly leastMemory: boolean;
  readonly signal: AbortSignal;
}

/** What is known of a disc, as JSON keeps it. */
export interface Verification {
  readonly disc: string;
  readonly good: boolean;
  readonly checks: readonly Check[];
  /** Null where it was not booted, or did not come up. */
  readonly boot: BootReport | null;
  /** Why it did not come up. */
  readonly bootFailure: string | null;
  /** MiB; null where it was not looked for. */
  readonly leastMemoryMiB: number | null;
}

const LOWEST_MIB = 16;
const STEP_MIB = 4;
/** A machine with little memory may take that many times as long as one with enough, and some seconds. */
const PATIENCE = 4;
const PATIENCE_SECONDS = 60;
/** And its kernel speaks before the other one was up, and some seconds. */
const SILENCE_SECONDS = 5;

/**
 * Looks at a disc's structure and, if that is good, boots it.
 * @throws SnapdiscError `image.missing`, `tool.missing`, `output.*`, `interrupted.*`; what is wrong with the
 *   disc is no error, but in the verification.
 */
export async function verifyDisc(
  disc: string,
  { boot: options, leastMemory: isMemoryWanted, signal }: VerifyOptions,
  reporter: Reporter,
): Promise<Verification> {
  const image = await openDiscImage(disc);
  const checks = await verifyStructure(image, { reporter, signal }).finally(() => image.close());
  const isRight = () => checks.every(({ verdict }) => verdict !== 'failed');
  if (isRight()) checks.push(await verifyByE2fsck(disc, { reporter, signal }));
  const isSound = isRight();
  const notBooted = { disc, checks, boot: null, bootFailure: null, leastMemoryMiB: null };
  if (!isSound || options === undefined) return { ...notBooted, good: isSound };
  reporter.stage(`Booting it in ${options.memoryMiB} MiB`);
  const { boot, bootFailure } = await tryBoot(disc, { ...options, signal });
  reporter.done();
  const good = boot !== null && isGoodBoot(boot);
  if (!good || !isMemoryWanted) return { ...notBooted, good, boot, bootFailure };
  const timeoutSeconds = boot.seconds * PATIENCE + PATIENCE_SECONDS;
  // A kernel that does not fit is silent for ever.
  const patience = { timeoutSeconds, silenceSeconds: boot.seconds + SILENCE_SECONDS };
  const attempt = async (memoryMiB: number) => {
    reporter.stage(`Booting it in ${memoryMiB} MiB`);
    const tried = await tryBoot(disc, { ...options, ...patience, memoryMiB, signal });
    reporter.done();
    return tried.boot !== null && isGoodBoot(tried.boot);
  };
  const highest = options.memoryMiB;
  const search = { lowest: Math.min(LOWEST_MIB, highest), highest, step: STEP_MIB, attempt };
  return { ...notBooted, good, boot, leastMemoryMiB: await leastMemory(search) };
}

async function tryBoot(
  disc: string,
  options: BootOptions,
): Promise<Pick<Verification, 'boot' | 'bootFailure'>> {
  try {
    return { boot: await verifyBoot(disc, options), bootFailure: null };
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof SnapdiscError) || !error.code.startsWith('vm.')) throw error;
    return { boot: null, bootFailure: error.message };
  }
}
