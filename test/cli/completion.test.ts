import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { commandWords } from '../../src/cli/completion/words.js';
import { main } from '../../src/cli/main.js';
import { createProgram } from '../../src/cli/program.js';
import { run, shellQuote, type Tool } from '../../src/process.js';
import { fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const tool = (program: string): Tool => ({
  program,
  purpose: 'completes command lines',
  debianPackage: program,
});

const folder = await mkdtemp(join(tmpdir(), 'snapdisc-completion-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));

function script(shell: string): string {
  return join(folder, `completion.${shell}`);
}

test.before(async () => {
  for (const shell of SHELLS) {
    const terminal = fakeTerminal();
    await main(['completion', shell], { terminal, services: fakeServices() });
    await writeFile(script(shell), terminal.stdout.text);
  }
  await writeFile(join(folder, 'boot.profile'), '');
});

/** What a shell itself offers for a line that ends where the cursor is, in a folder with boot.profile. */
async function offers(shell: Shell, line: string): Promise<string[]> {
  const output = await run(tool(shell), ['-c', ASK[shell](line)]);
  return output
    .toString()
    .split('\n')
    .filter((word) => word !== '');
}

const ASK: Record<Shell, (line: string) => string> = {
  bash: (line) => `cd ${folder}; source ${script('bash')}; compopt() { :; }
    COMP_WORDS=(${line.endsWith(' ') ? `${line} ''` : line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _snapdisc; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // A line editor is needed: a shell on a pseudo-terminal, whose lists are printed between marks.
  zsh: (line) => `cd ${folder}; zmodload zsh/zpty; zpty shell zsh -f -i
    zpty -w shell "PS1= ; unsetopt zle_bracketed_paste 2>/dev/null; autoload -U compinit; compinit -u -d ${folder}/dump"
    zpty -w shell "source ${script('zsh')}"
    zpty -w shell 'zstyle ":completion:*" list-prompt ""; zstyle ":completion:*" verbose no; LISTMAX=0'
    zpty -w shell 'list() { compadd() { builtin compadd -A found "$@"; print -l -- "WORD "$^found; builtin compadd "$@" }; _main_complete; print DONE; }; zle -C list list-choices list; bindkey "^X" list; print REA""DY'
    zpty -r shell seen "*READY*"
    zpty -n -w shell ${shellQuote(line)}$'\\x18'; zpty -r shell seen "*DONE*"
    print -r -- "$seen" | tr -d '\\r' | sed -n 's/^.*WORD //p'; zpty -d shell`,
  fish: (line) =>
    `cd ${folder}; source ${script('fish')}; complete -C ${shellQuote(line)} | sed 's/\\t.*//'`,
};

for (const shell of SHELLS) {
  test(`${shell} offers commands, options, choices and files where they belong`, async (t) => {
    const all = await offers(shell, 'snapdisc ');
    for (const name of ['build', 'profile', 'verify', 'completion'])
      t.true(all.includes(name), name);

    t.deepEqual(await offers(shell, 'snapdisc profile me'), ['merge']);
    t.deepEqual((await offers(shell, 'snapdisc run live.iso --drive us')).map(bare), ['usb']);
    t.deepEqual(await offers(shell, 'snapdisc completion zs'), ['zsh']);
    const compressions = (await offers(shell, 'snapdisc build --compress ')).map(bare).sort();
    t.deepEqual(compressions, ['erofs', 'none', 'squashfs']);
    t.true((await offers(shell, 'snapdisc build --headr')).map(bare).includes('--headroom'));
    t.true((await offers(shell, 'snapdisc build --profile ')).map(bare).includes('boot.profile'));
    t.false((await offers(shell, 'snapdisc inspect --')).map(bare).includes('--headroom'));
  });
}

test('every flag of a recipe that takes one of a few words offers them', (t) => {
  const program = createProgram({ terminal: fakeTerminal(), services: fakeServices() });
  const build = commandWords(program).find(({ path }) => path === 'build');
  const offered = (build?.options ?? []).flatMap(({ names, value }) =>
    typeof value === 'string' ? [] : [[names.at(-1), value.choices]],
  );
  t.deepEqual(offered, [
    ['--compress', ['none', 'squashfs', 'erofs']],
    ['--cow', ['zram', 'ram']],
    ['--origin', ['direct', 'loop']],
    ['--target-medium', ['cd-650', 'cd-700', 'dvd', 'usb']],
    ['--target-arch', ['i386', 'x86_64']],
    ['--iso-owners', ['given', 'rationalise']],
  ]);
});

/** zsh shows the = that may follow. */
function bare(word: string): string {
  return word.replace(/=$/, '');
}

test('every command and option of the program is in the scripts', async (t) => {
  const program = createProgram({ terminal: fakeTerminal(), services: fakeServices() });
  const words = commandWords(program);
  t.deepEqual(words.map(({ path }) => path).slice(0, 2), ['', 'build']);
  const names = program.commands.flatMap(({ options }) => options.map(({ long }) => long));
  const known = new Set(words.flatMap(({ options }) => options.flatMap((option) => option.names)));
  for (const name of names) t.true(known.has(name ?? ''), name ?? '');
});
