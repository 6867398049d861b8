import { Command, Option } from 'commander';
import { checkOutput } from '../build/output-file.js';
import { SnapdiscError } from '../errors.js';
import { mergeProfiles, withoutPaths } from '../profile/profile.js';
import { readProfile, writeProfile } from '../profile/profile-files.js';
import { BOOT_EVENT_NAMES } from '../profile/record-boot.js';
import type { Context } from './context.js';
import { machineOptions } from './machine-flags.js';
import { profileLines } from './profile-text.js';
import { type RecordFlags, recordProfile } from './record-profile.js';
import { writeLine } from './terminal.js';

const EXAMPLES = `Examples:
  snapdisc profile live.iso -o boot.profile
  snapdisc profile live.iso -o boot.profile --seconds=90 --exclude=/var/log
  snapdisc profile show boot.profile
  snapdisc profile remove boot.profile /usr/share/doc
`;

/** They say when a boot is over: nothing where something else ends the recording. */
const EVENT_FLAGS = ['until', 'timeout'];

/** `snapdisc profile`: what a boot reads of a disc. */
export function profileCommand(context: Context): Command {
  const { terminal } = context;
  const command = new Command('profile')
    .description('Boot a disc in a virtual machine and note what it reads, in which order.')
    .argument('<disc>', 'the disc image')
    .addHelpText('before', EXAMPLES)
    // Options of a command are its subcommands' too: merge has these two from here.
    .option('-o, --output <file>', 'the boot profile to write')
    .option('-f, --force', 'replace an output that exists')
    .addOption(
      new Option('--until <event>', 'what the serial port has to tell for the boot to be over')
        .choices(BOOT_EVENT_NAMES)
        .default('login'),
    )
    .addOption(
      new Option(
        '--seconds <number>',
        'record that long from power-on, whatever is told',
      ).conflicts(EVENT_FLAGS),
    )
    .option('--timeout <seconds>', 'give up when the serial port has not told it by then', '600')
    .addOption(
      new Option('--window', 'show the machine, and record until it is off').conflicts([
        ...EVENT_FLAGS,
        'seconds',
      ]),
    )
    .addOption(
      new Option(
        '--from <log>',
        'boot nothing: take the reads from a log of run --drive-log, or live.trace',
      ).conflicts([...EVENT_FLAGS, 'seconds', 'window', 'memory', 'drive', 'arch']),
    )
    .option('--exclude <glob>', 'leave these paths out; repeatable', collect);
  for (const option of machineOptions()) command.addOption(option);
  command.action(async (disc: string) => {
    const flags = command.optsWithGlobals<RecordFlags>();
    await recordProfile(disc, { ...flags, output: outputOf(command) }, terminal);
  });
  command.addCommand(withOptions([], showCommand(context)));
  command.addCommand(withOptions(['output', 'force'], mergeCommand()));
  command.addCommand(withOptions([], removeCommand(context)));
  return command;
}

/** A subcommand that takes only these of the command's options, which it would pass over otherwise. */
function withOptions(taken: readonly string[], part: Command): Command {
  return part.hook('preAction', () => {
    const { parent } = part;
    for (const option of parent?.options ?? []) {
      const name = option.attributeName();
      if (taken.includes(name) || parent?.getOptionValueSource(name) !== 'cli') continue;
      throw new SnapdiscError(
        'usage.unknown-option',
        `profile ${part.name()} has no option ${option.long}.`,
        { hint: `snapdisc profile ${part.name()} --help shows what it takes.` },
      );
    }
  });
}

/** @throws SnapdiscError `usage.missing-output` */
function outputOf(command: Command): string {
  const { output } = command.optsWithGlobals<{ output?: string }>();
  if (output !== undefined) return output;
  throw new SnapdiscError('usage.missing-output', '--output is missing.', {
    hint: 'It names the boot profile to write.',
  });
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function showCommand({ terminal: { stdout } }: Context): Command {
  const command = new Command('show')
    .description('Show a boot profile: each file, its first access, the bytes read of it.')
    .argument('<profile>', 'the boot profile')
    .addHelpText('before', 'Examples:\n  snapdisc profile show boot.profile\n');
  return command.action(async (file: string) => {
    for (const line of profileLines(await readProfile(file))) writeLine(stdout, line);
  });
}

function mergeCommand(): Command {
  const command = new Command('merge')
    .description('Make one boot profile, --output, of several: each access at its earliest time.')
    .argument('<profiles...>', 'the boot profiles')
    .addHelpText(
      'before',
      'Examples:\n  snapdisc profile merge a.profile b.profile -o c.profile\n',
    );
  return command.action(async (files: readonly string[]) => {
    const output = outputOf(command);
    const { force } = command.optsWithGlobals<{ force?: boolean }>();
    await checkOutput(output, [], force === true);
    const profiles = [];
    for (const file of files) profiles.push(await readProfile(file));
    await writeProfile(output, mergeProfiles(profiles));
  });
}

function removeCommand({ terminal: { stderr } }: Context): Command {
  const command = new Command('remove')
    .description('Remove paths and what is below them from a boot profile.')
    .argument('<profile>', 'the boot profile, which is changed')
    .argument('<paths...>', 'paths as show prints them')
    .addHelpText('before', 'Examples:\n  snapdisc profile remove boot.profile /usr/share/doc\n');
  return command.action(async (file: string, paths: readonly string[]) => {
    const { profile, unmatched } = withoutPaths(await readProfile(file), paths);
    const { quiet } = command.optsWithGlobals<{ quiet?: boolean }>();
    for (const path of quiet ? [] : unmatched) {
      writeLine(stderr, `Warning: ${path} is not in the profile.`);
    }
    await writeProfile(file, profile);
  });
}
