import { realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command, Option } from 'commander';
import { createProgram } from '../src/cli/program.js';
import { realServices } from '../src/cli/real-services.js';
import { processTerminal } from '../src/cli/terminal.js';

/**
 * Writes docs/command-line.md from the command tree: `npx tsx scripts/command-line-doc.ts`. A test
 * fails while the two differ.
 */
export const DOCUMENT = new URL('../docs/command-line.md', import.meta.url);

const INTRODUCTION = `# The command line

Written by scripts/command-line-doc.ts from the program itself: change the program, then run it.

Data goes to standard output, progress and messages to standard error. Nothing is asked unless standard input,
output and error are a terminal, and nothing with \`--no-input\`; every question has a flag. \`NO_COLOR\` and \`TERM=dumb\` turn colours off. Ctrl-C cleans
up and exits with 130; a second one exits at once. The other exit codes are in [exit-codes.md](exit-codes.md).

\`snapdisc\` alone on a terminal asks what to build, with about how much room is left on each medium, shows all of it on
one screen, builds it and prints the command that does the same again. Then it offers what can be done here: try the disc in
a virtual machine, burn it, write it onto a stick, save the answers as a recipe.

Sizes are powers of 1,024: \`512M\`, \`8G\`, \`1.5G\`. In \`DIR:PATH\` and \`FILE:PATH\` a colon that belongs to a name is
written \`\\:\`.

Each flag of \`build\` is also a key of a recipe and a variable, \`SNAPDISC_LABEL\` for \`--label\`:
[recipe.md](recipe.md). Other variables of the environment:

| variable | what it does |
|---|---|
| \`SOURCE_DATE_EPOCH\` | seconds since 1970 for every date on the disc: same input, same bytes |
| \`SNAPDISC_CACHE\` | folder for what later builds can use again: packed drivers, at most 64 MiB (\`~/.cache/snapdisc\`, or below \`XDG_CACHE_HOME\`) |
| \`NO_COLOR\` | no colours |
`;

export function commandLineDocument(): string {
  const terminal = processTerminal();
  const program = createProgram({ terminal, services: realServices(terminal) });
  const sections = program.commands.flatMap((command) => [
    commandSection(command),
    ...command.commands.map((part) => commandSection(part, `${command.name()} `)),
  ]);
  const everywhere = optionTable(program.options);
  return `${[INTRODUCTION, ...sections, `## With every command\n\n${everywhere}`].join('\n')}`;
}

/** @param above the commands it is a part of, each with a space behind it. */
function commandSection(command: Command, above = ''): string {
  const usage = `    snapdisc ${above}${command.name()} ${command.usage()}`;
  const operands = command.registeredArguments.map((operand) => {
    const name = operand.required ? `<${operand.name()}>` : `[${operand.name()}]`;
    return `\`${name}\`: ${operand.description}.`;
  });
  const groups = new Map<string, Option[]>();
  for (const option of command.options.filter(({ hidden }) => !hidden)) {
    const heading = option.helpGroupHeading ?? '';
    groups.set(heading, [...(groups.get(heading) ?? []), option]);
  }
  const tables = [...groups].map(([heading, options]) =>
    heading === '' ? optionTable(options) : `${heading}\n\n${optionTable(options)}`,
  );
  return [
    `## ${above}${command.name()}\n`,
    `${command.description()}\n`,
    `${usage}\n`,
    ...operands.map((line) => `${line}\n`),
    ...tables,
  ].join('\n');
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map(({ flags, description, argChoices, defaultValue }) => {
    const choices = argChoices === undefined ? '' : ` (one of ${argChoices.join(', ')})`;
    const initial = typeof defaultValue === 'string' ? ` (default ${defaultValue})` : '';
    return `| \`${flags}\` | ${description}${choices}${initial} |`;
  });
  return ['| flag | what it does |', '|---|---|', ...rows, ''].join('\n');
}

const isMain =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isMain) await writeFile(DOCUMENT, commandLineDocument());
