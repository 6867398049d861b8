import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const DOCS = await readdir(join(PROJECT, 'docs'));
const PAGES = [
  'README.md',
  ...DOCS.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
];

/** How pages call the program; what stands before it in a line is another's. */
const CALL = /(?:^|[|;&]|\bsudo) *(?:[A-Z_]+=\S* +)*(?:node bin\/snapdisc\.js|snapdisc)(?= |$)/;

/** The command lines of a page's indented blocks that call snapdisc, as words. */
function commandsOf(page: string): string[][] {
  const lines = page
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^ {4}/.test(line))
    .map((line) => line.trim());
  return lines.flatMap((line) => {
    const call = CALL.exec(line);
    if (call === null) return [];
    const rest = line.slice(call.index + call[0].length).replace(/ [|;&>#].*$/, '');
    const words = rest.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
    return [words.map((word) => word.replaceAll("'", ''))];
  });
}

/** The program with commands that do nothing. */
function idleProgram(): Command {
  const program = createProgram({ terminal: fakeTerminal(), services: fakeServices() });
  const idle = (command: Command) => {
    command.action(() => {});
    command.commands.forEach(idle);
  };
  idle(program);
  return program;
}

/** Why the program does not take these words, or undefined. */
function complaint(words: readonly string[]): string | undefined {
  try {
    idleProgram().parse(words, { from: 'user' });
    return undefined;
  } catch (error) {
    return `snapdisc ${words.join(' ')}: ${error}`;
  }
}

/** No commands: a usage line with its brackets, a store's first line, the wizard's greeting. */
const NOT_CALLS = ['[options]', 'store', 'makes'];

test('the commands in README.md and docs/ have these flags and operands', async (t) => {
  const complaints: string[] = [];
  let count = 0;
  for (const page of PAGES) {
    const commands = commandsOf(await readFile(join(PROJECT, page), 'utf8')).filter(
      (words) => !words.some((word) => NOT_CALLS.includes(word)),
    );
    count += commands.length;
    complaints.push(...commands.flatMap((words) => complaint(words) ?? []));
  }
  t.deepEqual(complaints, []);
  t.true(count >= 20, `${count} commands were found`);
});

test('commands are found wherever a line has them, and wrong ones are not taken', (t) => {
  const page = `    sudo tar -c . | snapdisc build - -o a.iso --label 'A B'   # ours
    SOURCE_DATE_EPOCH=1 snapdisc build x -o y
    snapdisc flash a.iso \\
      /dev/sdb --persist
    echo snapdisc is no command here
snapdisc nor here`;
  const found = commandsOf(page);
  t.deepEqual(found, [
    ['build', '-', '-o', 'a.iso', '--label', 'A B'],
    ['build', 'x', '-o', 'y'],
    ['flash', 'a.iso', '/dev/sdb', '--persist'],
  ]);
  for (const words of found) t.is(complaint(words), undefined);
  t.regex(complaint(['flash', 'a.iso', '--presist']) ?? '', /unknown option '--presist'/);
  t.regex(complaint(['fish']) ?? '', /unknown command|too many arguments/);
  t.regex(complaint(['inspect']) ?? '', /missing required argument/);
});
