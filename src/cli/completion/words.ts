import type { Command, Option } from 'commander';
import { OptionWithWords } from '../option-with-words.js';

/** What may stand in a command line, taken from the command tree: for the scripts of all shells. */
export interface CommandWords {
  /** The commands above it and its own, without `snapdisc`: `profile show`; the whole program is ''. */
  readonly path: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  /** What its first operand may be, where that is not a path. */
  readonly operands: readonly string[];
}

export interface OptionWords {
  /** `--drive`, and `-d` where it has a short name. */
  readonly names: readonly string[];
  readonly description: string;
  /** `none`: it takes no value. `file`: a path. `text`: anything else. */
  readonly value: 'none' | 'file' | 'text' | { readonly choices: readonly string[] };
}

/** What a value is called when it is a path. */
const PATH_VALUES = /<(file|dir|path|log|script|profile|iso)\b/;

/** Every command of the tree, the program first. Pure. */
export function commandWords(program: Command): CommandWords[] {
  const everywhere = program.options.map(optionWords);
  const visit = (command: Command, path: string): CommandWords[] => [
    {
      path,
      description: command.description(),
      options: [
        ...(command === program ? [] : command.options.map(optionWords)),
        ...everywhere.filter(({ names }) => command === program || !names.includes('--version')),
        { names: ['-h', '--help'], description: 'show help', value: 'none' },
      ],
      operands: command.registeredArguments[0]?.argChoices ?? [],
      subcommands: command.commands.map((part) => ({
        name: part.name(),
        description: part.description(),
      })),
    },
    ...command.commands.flatMap((part) => visit(part, `${path} ${part.name()}`.trim())),
  ];
  return visit(program, '');
}

function optionWords(option: Option): OptionWords {
  const { short, long, flags, description } = option;
  const names = [short, long].filter((name) => name !== undefined);
  const takesValue = flags.includes('<');
  const choices = option.argChoices ?? (option instanceof OptionWithWords ? option.words : []);
  if (choices.length > 0) return { names, description, value: { choices } };
  const value = !takesValue ? 'none' : PATH_VALUES.test(flags) ? 'file' : 'text';
  return { names, description, value };
}
