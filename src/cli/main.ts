import { type Command, CommanderError } from 'commander';
import { outputError } from '../build/output-file.js';
import { SnapdiscError } from '../errors.js';
import { nearNames } from '../near-names.js';
import type { Context } from './context.js';
import { printFailure } from './failure.js';
import { createProgram, printProcesses } from './program.js';
import { realServices } from './real-services.js';
import { isInteractive, type Output, processTerminal } from './terminal.js';

/**
 * The program: runs the command in `argv` (without node and script) and gives the exit code. All
 * failures end here.
 */
export async function main(argv: readonly string[], given?: Context): Promise<number> {
  const flags = globalFlags(argv);
  const terminal = { ...(given?.terminal ?? processTerminal()), noInput: flags.noInput };
  const context = { terminal, services: given?.services ?? realServices(terminal) };
  // Who does not hear how it goes, as behind `2>&1 | head`, wants it done all the same.
  terminal.stderr.on('error', () => {});
  let lost: Error | undefined;
  terminal.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough, such as head, is no failure.
    if (error.code !== 'EPIPE') lost ??= error;
  });
  try {
    await dispatch(argv, context);
    await allWritten(terminal.stdout);
    if (lost !== undefined) throw outputError('standard output', lost);
    return 0;
  } catch (error) {
    return printFailure(error, terminal, { ...flags, json: flags.json && lost === undefined });
  }
}

/** Waits until everything has been written, or has failed and been told as an event. */
function allWritten(output: Output): Promise<void> {
  return new Promise((resolve) => {
    output.write('', () => setImmediate(resolve));
  });
}

async function dispatch(argv: readonly string[], context: Context): Promise<void> {
  if (argv.every((argument) => GLOBAL_FLAGS.has(argument))) return withoutCommand(argv, context);
  const program = createProgram(context);
  checkHelp(argv, program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error);
  }
}

/** `snapdisc` alone: questions on a terminal, help elsewhere. */
async function withoutCommand(argv: readonly string[], context: Context): Promise<void> {
  if (isInteractive(context.terminal)) {
    if (argv.includes('-v') || argv.includes('--verbose')) printProcesses(context.terminal);
    const { runWizard } = await import('../wizard/wizard.js');
    return runWizard(context);
  }
  createProgram(context).outputHelp({ error: true });
  throw noCommand();
}

/**
 * `help` of a command that is not there, of which commander would say nothing.
 * @throws SnapdiscError `usage.unknown-command`
 */
function checkHelp(argv: readonly string[], { commands }: Command): void {
  const [help, wanted] = argv.filter((word) => !word.startsWith('-'));
  const names = commands.map((command) => command.name());
  if (help !== 'help' || wanted === undefined || names.includes(wanted)) return;
  const [near] = nearNames(wanted, names);
  throw new SnapdiscError('usage.unknown-command', `Unknown command '${wanted}'.`, {
    hint: near === undefined ? ALL_COMMANDS : `Did you mean ${near}?`,
  });
}

const ALL_COMMANDS = 'snapdisc --help, or snapdisc COMMAND --help, shows what there is.';

function noCommand(): SnapdiscError {
  return new SnapdiscError('usage.no-command', 'No command was given.', {
    hint: 'On a terminal, and without --no-input, snapdisc alone asks what to do.',
  });
}

/** commander's complaint as one of ours: its suggestion becomes the hint. */
function usageError({ message, code }: CommanderError): SnapdiscError {
  // It has printed the help: only flags were there, in a form that is not looked for (-qv).
  if (code === 'commander.help') return noCommand();
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const suggestion = /\((Did you mean .*)\)/s.exec(rest.join('\n'))?.[1];
  const kind = code
    .replace(/^commander\./, '')
    .replace(/[A-Z]/g, (upper) => `-${upper.toLowerCase()}`);
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
  return new SnapdiscError(`usage.${kind}`, `${sentence}.`.replace(/\.\.$/, '.'), {
    hint: suggestion ?? ALL_COMMANDS,
  });
}

const GLOBAL_FLAGS = new Set(['-q', '--quiet', '-v', '--verbose', '--debug', '--no-input']);

/** Flags that matter before, and in spite of, parsing. */
function globalFlags(argv: readonly string[]) {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  const has = (name: string) => options.includes(name);
  return { json: has('--json'), debug: has('--debug'), noInput: has('--no-input') };
}
