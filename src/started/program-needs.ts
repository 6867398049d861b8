import { type ByteString, byteString } from '../bytes.js';
import { ElfError, type ElfFile, parseElf } from '../initrd/elf.js';
import { withoutText } from './without-text.js';

/** What a file says of the files that it needs once it is started. */
export interface ProgramNeeds {
  /** The headers of a program or library of the machine's own code. */
  readonly elf?: ElfFile;
  /** What runs a script: paths and, behind env, a command. */
  readonly interpreters: readonly ByteString[];
  /** Of a shell script, the words that may be programs or files. */
  readonly words: readonly ByteString[];
}

/** Bytes; what is longer is no script that a boot runs. */
const MAX_SCRIPT = 256 * 1024;
/** Words of a script that are told apart. */
const MAX_WORDS = 4096;
/** Bytes of a path. */
const MAX_WORD = 4096;

/** Pure; undefined where it is neither. Input is hostile: broken headers are none. */
export function programNeeds(content: Uint8Array): ProgramNeeds | undefined {
  if (content[0] === 0x23 && content[1] === 0x21) return scriptNeeds(content);
  try {
    return { elf: parseElf(content), interpreters: [], words: [] };
  } catch (error) {
    if (error instanceof ElfError) return undefined;
    throw error;
  }
}

function scriptNeeds(content: Uint8Array): ProgramNeeds | undefined {
  if (content.length > MAX_SCRIPT) return undefined;
  const text = byteString(content);
  // `#!/usr/bin/env python3`: env and what it is to find.
  const [interpreter = '', argument = '-'] = firstLine(text).slice(2).trim().split(/\s+/);
  const interpreters = argument.startsWith('-') ? [interpreter] : [interpreter, argument];
  const isShell = interpreters.some((each) => /(?:^|\/)(?:ba|da|k|mk|z|a)?sh$/.test(each));
  const words = new Set<ByteString>();
  if (isShell) for (const word of shellWords(text)) if (words.size < MAX_WORDS) words.add(word);
  return {
    interpreters: interpreters.filter(isShort).map(withoutText),
    words: [...words].map(withoutText),
  };
}

function isShort({ length }: ByteString): boolean {
  return length > 0 && length <= MAX_WORD;
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

/** What may be the name of a program or a file, outside comments. Which of them are is for the tree to tell. */
function* shellWords(text: string): Generator<string> {
  for (const line of text.split('\n')) {
    if (/^\s*#/.test(line)) continue;
    for (const [word] of line.matchAll(/\/?[A-Za-z][\w./+-]*/g)) if (isShort(word)) yield word;
  }
}
