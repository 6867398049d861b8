import { type ByteString, byteString } from '../bytes.js';

/** What one systemd unit says of what is started with it. */
export interface UnitFile {
  /** Names of units it starts: Wants=, Requires= and the like. */
  readonly wants: readonly ByteString[];
  /** Words of its commands and the files it takes variables from, in their order: programs, their files, options. */
  readonly words: readonly ByteString[];
}

const WANTS = new Set(['Wants', 'Requires', 'Requisite', 'BindsTo', 'Upholds', 'Sockets']);
const COMMANDS = new Set(['ExecCondition', 'ExecStartPre', 'ExecStart', 'ExecStartPost']);

/** Longer lines are no unit's. */
const MAX_LINE = 64 * 1024;

/**
 * Parses a unit file or a drop-in of one. Input is hostile: what is no assignment is passed over, as systemd does. Pure.
 * Source: systemd.syntax(7), systemd.unit(5), systemd.service(5), "COMMAND LINES".
 */
export function parseUnit(content: Uint8Array): UnitFile {
  const wants: ByteString[] = [];
  const words: ByteString[] = [];
  for (const line of joinedLines(byteString(content))) {
    const [, key = '', value = ''] = /^([A-Za-z]+)[ \t]*=[ \t]*(.*)$/.exec(line) ?? [];
    if (WANTS.has(key)) wants.push(...value.split(/\s+/).filter(Boolean));
    else if (COMMANDS.has(key)) words.push(...commandWords(value));
    else if (key === 'EnvironmentFile') words.push(value.replace(/^-/, ''));
  }
  return { wants, words };
}

/** Lines without comments; one that ends in a backslash goes on in the next. */
function joinedLines(text: string): string[] {
  const lines: string[] = [];
  let open = '';
  for (const line of text.split('\n')) {
    const stripped = line.trim();
    // A comment between them does not end the line.
    if (stripped.startsWith('#') || stripped.startsWith(';')) continue;
    const goesOn = stripped.endsWith('\\') && open.length < MAX_LINE;
    open += goesOn ? `${stripped.slice(0, -1)} ` : stripped;
    if (goesOn) continue;
    lines.push(open);
    open = '';
  }
  return [...lines, open];
}

/** `-@:+!` before a program tell how it is run. Quotes end a word here: what a shell is given is of use, too. */
function commandWords(command: string): string[] {
  return command
    .split(/[\s"'`;|&()<>=]+/)
    .map((word) => word.replace(/^[-@:+!]+(?=\/)/, ''))
    .filter(Boolean);
}
