import type { CommandWords, OptionWords } from './words.js';

/** A script for fish, to be sourced or put into a completions folder. Pure. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  return [
    '# Completion of snapdisc for fish. Written by: snapdisc completion fish',
    ...commands.flatMap(commandLines),
    '',
  ].join('\n');
}

function commandLines(command: CommandWords): string[] {
  const { options, subcommands, operands } = command;
  const when = `complete -c snapdisc -n ${quote(condition(command))}`;
  const parts = subcommands.map(({ name, description }) => {
    return `${when} ${command.path === '' ? '-f ' : ''}-a ${name} -d ${quote(description)}`;
  });
  if (operands.length > 0) parts.push(`${when} -f -a ${quote(operands.join(' '))}`);
  return [...parts, ...options.map((option) => `${when} ${optionArguments(option)}`)];
}

/** True while the words so far are those of the command, and of none below it. */
function condition({ path, subcommands }: CommandWords): string {
  if (path === '') return '__fish_use_subcommand';
  const words = path.split(' ').map((name) => `__fish_seen_subcommand_from ${name}`);
  const below = subcommands.map(({ name }) => name);
  if (below.length > 0) words.push(`not __fish_seen_subcommand_from ${below.join(' ')}`);
  return words.join('; and ');
}

function optionArguments({ names, description, value }: OptionWords): string {
  const flags = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  return [...flags, ...valueArguments(value), `-d ${quote(description)}`].join(' ');
}

function valueArguments(value: OptionWords['value']): string[] {
  if (value === 'none') return [];
  if (value === 'file') return ['-r -F'];
  return value === 'text' ? ['-x'] : ['-x', `-a ${quote(value.choices.join(' '))}`];
}

/** Between single quotes, a quote and a backslash have a backslash before them. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
