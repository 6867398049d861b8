import { Command } from 'commander';
import { SnapdiscError } from '../errors.js';
import type { Context } from './context.js';
import { writeLine } from './terminal.js';
import { withProgress } from './with-progress.js';

const EXAMPLES = `Examples:
  snapdisc burn live.iso
  snapdisc burn live.iso /dev/sr1 --speed=8
  snapdisc burn live.iso --dummy
`;

interface BurnFlags {
  readonly dummy?: boolean;
  readonly speed?: string;
  readonly verify: boolean;
  readonly eject: boolean;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

/** `snapdisc burn`: a disc image onto a blank disc. */
export function burnCommand({ terminal }: Context): Command {
  const command = new Command('burn')
    .description('Burn a disc, read it back and open the tray; with xorriso or cdrskin.')
    .argument('<disc>', 'the disc image')
    .argument('[drive]', 'the drive, /dev/sr0 unless given')
    .addHelpText('before', EXAMPLES)
    .option('--dummy', 'go through it with the laser off')
    .option('--speed <times>', 'such as 8, as written on discs; old drives like slow discs')
    .option('--no-verify', 'do not read it back')
    .option('--no-eject', 'leave the tray closed')
    .option('-n, --dry-run', 'print the command line that burns and stop');
  return command.action(async (iso: string, drive = '/dev/sr0') => {
    const flags = command.optsWithGlobals<BurnFlags>();
    const { speed, verify, eject, dummy = false } = flags;
    if (speed !== undefined && !(/^\d{1,3}(\.\d)?$/.test(speed) && Number(speed) > 0)) {
      throw new SnapdiscError('usage.speed', `--speed is "${speed}", not a number such as 8.`);
    }
    const { burn, burnCommandLine } = await import('../media/burn/burn.js');
    const job = { iso, drive, dummy, speed };
    if (flags.dryRun) {
      writeLine(terminal.stdout, await burnCommandLine(job));
      return;
    }
    await withProgress(terminal, flags.quiet, (context) =>
      burn({ ...job, verify, eject }, context),
    );
  });
}
