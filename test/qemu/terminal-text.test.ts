import test from 'ava';
import fc from 'fast-check';
import { TerminalText } from '../../src/qemu/terminal-text.js';

function plain(...pieces: (string | Uint8Array)[]): string {
  const text = new TerminalText();
  return pieces.map((piece) => text.push(Buffer.from(piece))).join('');
}

const CASES: readonly [name: string, printed: string, expected: string][] = [
  ['plain text', 'one\ntwo', 'one\ntwo'],
  ['line ends of terminals', 'one\r\ntwo\r\r\nthree', 'one\ntwo\nthree'],
  ['a line begun anew', '10 %\r20 %\n', '10 %\r20 %\n'],
  ['colours', '[\x1b[0;32m  OK  \x1b[0m] Started', '[  OK  ] Started'],
  ['bracketed paste before a prompt', '\x1b[?2004hroot@live:~# ', 'root@live:~# '],
  ['window title', '\x1b]0;root@live: ~\x07root@live:~# ', 'root@live:~# '],
  ['title ended by a string terminator', '\x1b]0;title\x1b\\text', 'text'],
  ['a title without an end', '\x1b]0;title\ntext', '\ntext'],
  ['character set', '\x1b(Bmenu\x1b)0', 'menu'],
  ['cursor save and restore', '\x1b7text\x1b8', 'text'],
  ['a broken sequence', '\x1b[12\x1b[0mtext', 'text'],
  ['a sequence broken by a line', '\x1b[12\r\ntext', '\ntext'],
  ['a frame', '\x0elqqk\x0f\r\n\x0ex\x0f menu \x0ex\x0f', '\n menu '],
  ['a frame without an end', '\x0elqqk\nLinux', '\nLinux'],
  ['bell, NUL, backspace', 'a\x07b\0c\bd', 'abcd'],
  ['UTF-8', 'naïve → ✔', 'naïve → ✔'],
];

for (const [name, printed, expected] of CASES) {
  test(`${name}, whole and byte by byte`, (t) => {
    t.is(plain(printed), expected);
    t.is(plain(...Array.from(Buffer.from(printed), (byte) => Uint8Array.of(byte))), expected);
  });
}

test('the cuts between pieces do not matter', (t) => {
  const noise = fc.string({ unit: fc.constantFrom(...'\x1b[];\r\n\x07?0mA (é\\') });
  fc.assert(
    fc.property(noise, fc.nat(), fc.nat(), (printed, first, second) => {
      const bytes = Buffer.from(printed);
      const cuts = [first, second].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
      const [start = 0, end = 0] = cuts;
      const cut = plain(bytes.subarray(0, start), bytes.subarray(start, end), bytes.subarray(end));
      t.is(cut, plain(bytes));
    }),
  );
});

test('no bytes make it fail or leave a control sequence', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = plain(bytes);
      t.false(text.includes('\x1b') || text.includes('\0'));
    }),
  );
});
