import { shellQuote } from '../../process.js';
import type { CommandWords, OptionWords } from './words.js';

/** A script for bash, with or without the package bash-completion. Pure. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => shellQuote(path));
  return `# Completion of snapdisc for bash. Written by: snapdisc completion bash
_snapdisc() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command='' i
  # bash takes = for a word of its own.
  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${command:+$command }\${COMP_WORDS[i]}" in
      ${paths.join(' | ')}) command="\${command:+$command }\${COMP_WORDS[i]}" ;;
    esac
  done
  local values='' words=''
  case "$command $before" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case $values in
    '') ;;
    files) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames; return ;;
    text) COMPREPLY=(); return ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word"); return ;;
  esac
  case $command in
${commands.map(wordsCase).join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  if [[ $word != -* ]]; then
    mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
    compopt -o filenames
  fi
}
complete -F _snapdisc snapdisc
`;
}

function valueCases({ path, options }: CommandWords): string[] {
  return options
    .filter(({ value }) => value !== 'none')
    .map(({ names, value }) => {
      const patterns = names.map((name) => shellQuote(`${path} ${name}`)).join(' | ');
      return `    ${patterns}) values=${shellQuote(valuesOf(value))} ;;`;
    });
}

function valuesOf(value: OptionWords['value']): string {
  if (value === 'file') return 'files';
  return typeof value === 'string' ? 'text' : value.choices.join(' ');
}

function wordsCase({ path, options, subcommands, operands }: CommandWords): string {
  const names = subcommands.map(({ name }) => name);
  const words = [...names, ...operands, ...options.flatMap(({ names }) => names)];
  return `    ${path === '' ? "''" : shellQuote(path)}) words=${shellQuote(words.join(' '))} ;;`;
}
