import type { CommandWords, OptionWords } from './words.js';

/** A script for zsh, to be sourced or put into a folder of $fpath as _snapdisc. Pure. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  return `#compdef snapdisc
# Completion of snapdisc for zsh. Written by: snapdisc completion zsh
${commands.map(commandFunction).join('\n')}
if [[ $funcstack[1] == _snapdisc ]]; then _snapdisc "$@"; else compdef _snapdisc snapdisc; fi
`;
}

function functionName(path: string): string {
  return path === '' ? '_snapdisc' : `_snapdisc_${path.replaceAll(/[ -]/g, '_')}`;
}

function commandFunction({ path, options, subcommands, operands }: CommandWords): string {
  const specs = options.map(optionSpec);
  if (subcommands.length === 0) {
    const rest = operands.length === 0 ? '*:file:_files' : `1:value:(${operands.join(' ')})`;
    return [
      `${functionName(path)}() {`,
      `  _arguments -s ${[...specs, quote(rest)].join(' \\\n    ')}`,
      '}',
    ].join('\n');
  }
  const names = subcommands.map(({ name, description }) =>
    quote(`${name}:${description.replaceAll(':', '\\:')}`),
  );
  const cases = subcommands.map(({ name }) => {
    return `      ${name}) ${functionName(`${path} ${name}`.trim())} ;;`;
  });
  return [
    `${functionName(path)}() {`,
    '  local context state state_descr line',
    '  typeset -A opt_args',
    `  _arguments -C -s ${[...specs, quote('1: :->command'), quote('*:: :->rest')].join(' \\\n    ')}`,
    '  case $state in',
    `    command) local -a names=(${names.join(' ')}); _describe command names${path === '' ? '' : '; _files'} ;;`,
    '    rest) case $line[1] in',
    ...cases,
    '      *) _files ;;',
    '    esac ;;',
    '  esac',
    '}',
  ].join('\n');
}

/** As _arguments of zshcompsys(1) takes it: a value may follow -x at once, and --long after a =. */
function optionSpec({ names, description, value }: OptionWords): string {
  const text = description.replaceAll(/[[\]:]/g, (character) => `\\${character}`);
  const rest = `[${text}]${valueAction(value)}`;
  const shown = names.map((name) => {
    if (value === 'none') return name;
    return name.startsWith('--') ? `${name}=` : `${name}+`;
  });
  if (shown.length === 1) return quote(`${shown.join('')}${rest}`);
  return `${quote(`(${names.join(' ')})`)}{${shown.join(',')}}${quote(rest)}`;
}

function valueAction(value: OptionWords['value']): string {
  if (value === 'none') return '';
  if (value === 'file') return ':file:_files';
  return value === 'text' ? ':value: ' : `:value:(${value.choices.join(' ')})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
