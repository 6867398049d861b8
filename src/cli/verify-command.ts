import { Command } from 'commander';
import { silentReporter } from '../build/report.js';
import { SnapdiscError } from '../errors.js';
import { type Verification, verifyDisc } from '../verify/verify.js';
import type { Context } from './context.js';
import { interruptible } from './interrupt.js';
import { type MachineFlags, machineOf, machineOptions } from './machine-flags.js';
import { ProgressReporter } from './progress.js';
import { positiveNumber } from './seconds.js';
import { targetOfDisc } from './target-machine.js';
import { writeLine } from './terminal.js';
import { verificationLines } from './verify-text.js';

const EXAMPLES = `Examples:
  snapdisc verify live.iso
  snapdisc verify live.iso --no-boot --json
  snapdisc verify live.iso --arch=i386 --memory=128M --min-ram
`;

interface VerifyFlags extends MachineFlags {
  readonly boot: boolean;
  readonly minRam?: boolean;
  readonly timeout: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `snapdisc verify`: whether a disc is whole, and boots. */
export function verifyCommand({ terminal }: Context): Command {
  const command = new Command('verify')
    .description('Check what a disc is made of, then boot it in a virtual machine (QEMU).')
    .argument('<disc>', 'the disc image')
    .addHelpText('before', EXAMPLES)
    .option('--no-boot', 'only look at what is on it')
    .option('--min-ram', 'look for the least memory it boots in, --memory at most')
    .option('--timeout <seconds>', 'give up when there is no shell by then', '600')
    .option('--json', 'print the result, or the failure, as JSON');
  for (const option of machineOptions()) command.addOption(option);
  return command.action(async (disc: string) => {
    const flags: VerifyFlags = command.optsWithGlobals();
    if (!flags.boot && flags.minRam === true) {
      throw new SnapdiscError(
        'usage.no-boot',
        '--min-ram looks by booting, and --no-boot boots nothing.',
        {
          hint: 'Leave one of them out.',
        },
      );
    }
    const machine = machineOf(flags, await targetOfDisc(disc));
    const timeoutSeconds = positiveNumber('--timeout', flags.timeout);
    const progress = new ProgressReporter({ output: terminal.stderr, env: terminal.env });
    const verification = await interruptible(terminal, (signal) => {
      const boot = flags.boot ? { ...machine, timeoutSeconds } : undefined;
      const options = { boot, leastMemory: flags.minRam === true, signal };
      return verifyDisc(disc, options, flags.quiet === true ? silentReporter : progress);
    }).finally(() => progress.abandon());
    if (flags.json !== true) {
      for (const line of verificationLines(verification)) writeLine(terminal.stdout, line);
    } else if (verification.good) {
      writeLine(terminal.stdout, JSON.stringify(verification, null, 2));
    }
    if (!verification.good) throw notGood(verification);
  });
}

function notGood(verification: Verification): SnapdiscError {
  const { disc, checks, bootFailure } = verification;
  const facts = { ...verification };
  const wrong = checks.filter(({ verdict }) => verdict === 'failed').map(({ name }) => name);
  if (wrong.length > 0) {
    const message = `${disc} is damaged, or no live CD: ${wrong.join(', ')}.`;
    return new SnapdiscError('image.verify', message, {
      hint: 'Make it again, or copy it again, and compare.',
      facts,
    });
  }
  const reason = bootFailure ?? 'It came up, but not as it should.';
  return new SnapdiscError('vm.verify', `${disc} does not boot as it should: ${reason}`, {
    hint: 'Watch it: snapdisc run shows the machine. More --memory may help.',
    facts,
  });
}
