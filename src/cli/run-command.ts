import { Command, Option } from 'commander';
import type { Context } from './context.js';
import { qemuOptions, type RunFlags, runDisc } from './run-disc.js';
import { writeLine } from './terminal.js';

const EXAMPLES = `Examples:
  snapdisc run live.iso
  snapdisc run live.iso --serial --memory=64M
  snapdisc run live.iso --drive=usb
`;

/** `snapdisc run`: a disc in a virtual machine. */
export function runCommand({ terminal }: Context): Command {
  const command = new Command('run')
    .description('Boot a disc in a virtual machine (QEMU).')
    .argument('<disc>', 'the disc image')
    .addHelpText('before', EXAMPLES)
    .option('--memory <size>', 'memory of the machine; MiB without a unit', '256M')
    .option('--serial', "talk to the machine's serial port in this terminal")
    .addOption(
      new Option('--drive <kind>', 'how the disc is connected: a CD drive, or a stick with usb')
        .choices(['ide', 'sata', 'usb', 'scsi', 'virtio'])
        .default('ide'),
    )
    .addOption(
      new Option('--arch <arch>', "the machine's processor")
        .choices(['i386', 'x86_64'])
        .default('x86_64'),
    )
    .option('-n, --dry-run', "print QEMU's command line and stop");
  return command.action(async (disc: string) => {
    const flags: RunFlags = command.optsWithGlobals();
    const options = qemuOptions(disc, flags, terminal);
    await runDisc(options, flags, (line) =>
      writeLine(flags.dryRun ? terminal.stdout : terminal.stderr, line),
    );
  });
}
