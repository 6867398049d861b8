import { type ByteString, byteString } from '../bytes.js';
import { withoutText } from './without-text.js';

/** What one systemd unit says of what is started with it. */
export interface UnitFile {
  /** Names of units it starts: Wants=, Requires= and the like. */
  readonly wants: readonly ByteString[];
  /** Words of its commands and the files it takes variables from, in their order: programs, their files, options. */
  readonly words: readonly ByteString[];
}

const WANTS = new Set(['Wants', 'Requires', 'Requisite', 'BindsTo', 'Upholds', 'Sockets']);
const COMMANDS = new Set(['ExecCondition', 'ExecStartPre', 'ExecStart', 'ExecStartPost']);

/** Units that one file wants, words that it has, bytes of one: a hundred times what there is. */
const MAX_WORDS = 1024;
const MAX_WORD = 4096;

/**
 * Parses a unit file or a drop-in of one. Input is hostile: what is no assignment is passed over, as systemd does. Pure.
 * Source: systemd.syntax(7), systemd.unit(5), systemd.service(5), "COMMAND LINES".
 */
export function parseUnit(content: Uint8Array): UnitFile {
  const wants: ByteString[] = [];
  const words: ByteString[] = [];
  for (const line of joinedLines(byteString(content))) {
    const [, key = '', value = ''] = /^([A-Za-z]+)[ \t]*=[ \t]*(.*)$/.exec(line) ?? [];
    if (WANTS.has(key)) for (const name of value.split(/\s+/)) wants.push(name);
    if (COMMANDS.has(key)) for (const word of commandWords(value)) words.push(word);
    if (key === 'EnvironmentFile') words.push(value.replace(/^-/, ''));
  }
  return { wants: bounded(wants), words: bounded(words) };
}

function bounded(words: readonly ByteString[]): ByteString[] {
  const short = words.filter(({ length }) => length > 0 && length <= MAX_WORD);
  return [...new Set(short)].slice(0, MAX_WORDS).map(withoutText);
}

/** Lines without comments; one that ends in a backslash goes on in the next. */
function joinedLines(text: string): string[] {
  const lines: string[] = [];
  let open = '';
  for (const line of text.split('\n')) {
    const stripped = line.trim();
    // A comment between them does not end the line.
    if (stripped.startsWith('#') || stripped.startsWith(';')) continue;
    const goesOn = stripped.endsWith('\\');
    open += goesOn ? `${stripped.slice(0, -1)} ` : stripped;
    if (goesOn) continue;
    lines.push(open);
    open = '';
  }
  return [...lines, open];
}

/** `-@:+!` before a program tell how it is run. Quotes end a word here: what a shell is given is of use, too. */
function commandWords(command: string): string[] {
  return command.split(/[\s"'`;|&()<>=]+/).map((word) => word.replace(/^[-@:+!]+(?=\/)/, ''));
}
