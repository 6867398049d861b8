import { Command } from 'commander';
import { targetWords } from '../recipe/target.js';
import type { Context } from './context.js';
import { machineOf, machineOptions } from './machine-flags.js';
import { qemuOptions, type RunFlags, runDisc } from './run-disc.js';
import {
  type SimulatedDriveFlags,
  simulatedDriveOptions,
  simulatedRun,
} from './simulated-drive-flags.js';
import { targetOfDisc } from './target-machine.js';
import { writeLine } from './terminal.js';

const EXAMPLES = `Examples:
  snapdisc run live.iso
  snapdisc run live.iso --serial --memory=64M
  snapdisc run live.iso --drive=usb
  snapdisc run live.iso --slow-drive --head-path=boot.svg
`;

/** `snapdisc run`: a disc in a virtual machine. */
export function runCommand({ terminal }: Context): Command {
  const command = new Command('run')
    .description('Boot a disc in a virtual machine (QEMU).')
    .argument('<disc>', 'the disc image')
    .addHelpText('before', EXAMPLES)
    .option('--serial', "talk to the machine's serial port in this terminal")
    .option('-n, --dry-run', "print QEMU's command line and stop");
  for (const option of [...machineOptions(), ...simulatedDriveOptions()]) command.addOption(option);
  return command.action(async (disc: string) => {
    const flags: RunFlags & SimulatedDriveFlags = command.optsWithGlobals();
    const simulated = simulatedRun(disc, flags, terminal);
    const target = await targetOfDisc(disc);
    const { targetMedium: _, ...withoutMedium } = target;
    // Who asks for an optical drive wants the disc in one, whatever it was made for.
    const wanted = simulated === undefined ? target : withoutMedium;
    const options = qemuOptions(disc, machineOf(flags, wanted), terminal, flags.serial);
    const wishes = Object.values(targetWords(target));
    if (wishes.length > 0 && !flags.dryRun && !flags.quiet) {
      const made = `${disc} was made for ${wishes.join(', ')}; flags choose another machine.`;
      writeLine(terminal.stderr, made);
    }
    await runDisc(options, flags, terminal, simulated);
  });
}
