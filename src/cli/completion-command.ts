import { Argument, Command } from 'commander';
import { bashCompletion } from './completion/bash.js';
import { fishCompletion } from './completion/fish.js';
import { type CommandWords, commandWords } from './completion/words.js';
import { zshCompletion } from './completion/zsh.js';
import type { Context } from './context.js';

const SHELLS: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const EXAMPLES = `Examples:
  source <(snapdisc completion bash)         in ~/.bashrc
  source <(snapdisc completion zsh)          in ~/.zshrc, after compinit
  snapdisc completion fish | source          in ~/.config/fish/config.fish
`;

/** `snapdisc completion`: what makes a shell complete our command lines. */
export function completionCommand({ terminal: { stdout } }: Context): Command {
  const command = new Command('completion')
    .description('Print a script that makes a shell complete the command line of snapdisc.')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText('before', EXAMPLES);
  return command.action((shell: string) => {
    const program = command.parent;
    const script = SHELLS[shell];
    if (program !== null && script !== undefined) stdout.write(script(commandWords(program)));
  });
}
