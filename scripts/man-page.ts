import { realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command, Option } from 'commander';
import { createProgram } from '../src/cli/program.js';
import { realServices } from '../src/cli/real-services.js';
import { processTerminal } from '../src/cli/terminal.js';
import { EXIT_CODES } from '../src/errors.js';

/**
 * Writes docs/snapdisc.1 from the command tree: `npx tsx scripts/man-page.ts`. A test fails while the two
 * differ.
 */
export const MAN_PAGE = new URL('../docs/snapdisc.1', import.meta.url);

const DESCRIPTION = `Turns a root filesystem, a directory or a tar archive, into an ISO image that boots from a CD or a USB stick
and runs from there: its root is mapped from the disc, changes go to compressed memory.
Without a command, on a terminal, it asks what to build.
Data goes to standard output, progress and messages to standard error.`;

const VARIABLES: readonly (readonly [string, string])[] = [
  ['SNAPDISC_PASSWORD', 'The password, where --password is not given.'],
  ['SOURCE_DATE_EPOCH', 'Seconds since 1970 for every date on the disc: same input, same bytes.'],
  ['SNAPDISC_CACHE', 'Folder for what later builds can use again.'],
  ['NO_COLOR', 'No colours.'],
];

const MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  internal: 'A bug in snapdisc.',
  usage: 'Wrong flags or values.',
  source: 'The root filesystem source is missing, corrupt or unreadable.',
  rootfs: 'The root filesystem lacks what a live CD needs.',
  tool: 'A program is missing on this machine, or failed.',
  output: 'The output exists already or cannot be written.',
  vm: 'The virtual machine failed, or the disc in it.',
  image: 'An image given as input is not what it should be.',
  different: 'What was compared differs.',
  interrupted: 'Ctrl-C, SIGTERM or SIGHUP.',
};

export function manPage(): string {
  const terminal = processTerminal();
  const program = createProgram({ terminal, services: realServices(terminal) });
  const commands = program.commands.flatMap((command) => [
    ...commandSection(command),
    ...command.commands.flatMap((part) => commandSection(part, `${command.name()} `)),
  ]);
  const codes = Object.entries(EXIT_CODES).map(([family, code]) => {
    return [String(code), MEANINGS[family as keyof typeof EXIT_CODES]] as const;
  });
  return [
    '.\\" Written by scripts/man-page.ts from the program itself.',
    '.TH SNAPDISC 1',
    '.SH NAME',
    'snapdisc \\- turn any root filesystem into a live CD that runs from the disc',
    '.SH SYNOPSIS',
    '.B snapdisc',
    '.br',
    '.B snapdisc',
    '.I command',
    '.RI [ argument ...]',
    '.SH DESCRIPTION',
    ...DESCRIPTION.split('\n').map(roff),
    '.SH COMMANDS',
    ...commands,
    '.SH OPTIONS OF EVERY COMMAND',
    ...program.options.flatMap(optionEntry),
    '.SH ENVIRONMENT',
    ...VARIABLES.flatMap(([name, text]) => ['.TP', `.B ${roff(name)}`, roff(text)]),
    '.SH EXIT STATUS',
    ...[['0', 'Done.'] as const, ...codes].flatMap(([code, text]) => [
      '.TP',
      `.B ${code}`,
      roff(text),
    ]),
    '.SH SEE ALSO',
    '.BR xorriso (1),',
    '.BR qemu (1),',
    '.BR e2fsck (8),',
    '.BR bootparam (7)',
    '',
  ].join('\n');
}

/** @param above the commands it is a part of, each with a space behind it. */
function commandSection(command: Command, above = ''): string[] {
  return [
    `.SS "snapdisc ${roff(`${above}${command.name()} ${command.usage()}`)}"`,
    roff(command.description()),
    ...command.registeredArguments.flatMap((operand) => [
      '.TP',
      `.I ${roff(operand.name())}`,
      roff(operand.description),
    ]),
    ...command.options.flatMap(optionEntry),
  ];
}

function optionEntry({ flags, description, argChoices, defaultValue }: Option): string[] {
  const choices = argChoices === undefined ? '' : ` (one of ${argChoices.join(', ')})`;
  const initial = typeof defaultValue === 'string' ? ` (default ${defaultValue})` : '';
  return ['.TP', `.B ${roff(flags)}`, roff(`${description}${choices}${initial}`)];
}

/** Text as roff(7) shows it: minus signs that can be copied, no line that looks like a request. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq');
  return escaped.replace(/^[.']/, '\\&$&');
}

const isMain =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isMain) await writeFile(MAN_PAGE, manPage());
