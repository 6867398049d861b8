import { Command } from 'commander';
import { packageVersion } from '../package-version.js';
import { traceProcesses } from '../process.js';
import { buildCommand } from './build-command.js';
import { burnCommand } from './burn-command.js';
import { completionCommand } from './completion-command.js';
import { configCommand } from './config-command.js';
import type { Context } from './context.js';
import { diffCommand } from './diff-command.js';
import { doctorCommand } from './doctor-command.js';
import { extractCommand } from './extract-command.js';
import { flashCommand } from './flash-command.js';
import { inspectCommand } from './inspect-command.js';
import { profileCommand } from './profile-command.js';
import { runCommand } from './run-command.js';
import { type Terminal, writeLine } from './terminal.js';
import { verifyCommand } from './verify-command.js';

const EXAMPLES = `Examples:
  snapdisc                                   be asked what to make
  snapdisc build rootfs.tar -o live.iso      make a disc
  snapdisc inspect live.iso                  see what is on it
  snapdisc extract live.iso rootfs           take the root filesystem off it
  snapdisc verify live.iso                   check it, and whether it boots
  snapdisc diff old.iso new.iso              see what changed
  snapdisc run live.iso                      boot it in a virtual machine
  snapdisc flash live.iso /dev/sdb           onto a stick
  snapdisc burn live.iso                     onto a blank disc in /dev/sr0
  snapdisc profile live.iso -o boot.profile  note what a boot reads of it
  snapdisc doctor                            see what is installed here
`;

const MORE = `
Exit codes, flags and boot menus are described in docs/.`;

/** The whole command tree. */
export function createProgram(context: Context): Command {
  const program = new Command('snapdisc')
    .description('Turn any root filesystem into a live CD that runs from the disc.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option('-q, --quiet', 'no progress, no messages but errors')
    .option('-v, --verbose', 'show every command line that is run')
    .option('--no-input', 'ask nothing: fail where a question would be')
    .option('--debug', 'show stack traces')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', MORE)
    .hook('preAction', (_, command) => {
      const { verbose } = command.optsWithGlobals<{ verbose?: boolean }>();
      if (verbose === true) printProcesses(context.terminal);
    });
  const commands = [
    buildCommand(context),
    configCommand(context),
    inspectCommand(context),
    extractCommand(context),
    diffCommand(context),
    runCommand(context),
    burnCommand(context),
    flashCommand(context),
    profileCommand(context),
    verifyCommand(context),
    doctorCommand(context),
    completionCommand(context),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...commands, ...commands.flatMap((one) => one.commands)]) {
    command
      .exitOverride()
      .allowExcessArguments(false)
      .configureHelp({ showGlobalOptions: true })
      .configureOutput(outputs(context))
      .helpOption('-h, --help', 'show help');
  }
  return program;
}

/** Shows every command line that is run. */
export function printProcesses({ stderr }: Terminal): void {
  traceProcesses((line) => writeLine(stderr, line));
}

function outputs({ terminal: { stdout, stderr } }: Context) {
  const columns = (output: typeof stdout) => Math.min(output.columns ?? 80, 100);
  return {
    writeOut: (text: string) => stdout.write(text),
    writeErr: (text: string) => stderr.write(text),
    getOutHelpWidth: () => columns(stdout),
    getErrHelpWidth: () => columns(stderr),
    // main prints all failures alike.
    outputError: () => undefined,
  };
}
