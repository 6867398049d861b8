import test from 'ava';
import fc from 'fast-check';
import { byteString, byteStringFromText, bytesOf, fromPrintable, printable } from '../src/bytes.js';

test('any bytes survive being a ByteString', (t) => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => bytesOf(byteString(bytes)).equals(Buffer.from(bytes))),
  );
  t.is(byteString(Buffer.from([0xff, 0x00])), '\xff\0');
});

test('names for people keep their letters and lose what a terminal would obey', (t) => {
  t.is(printable(byteStringFromText('straße/日本')), 'straße/日本');
  t.is(printable('caf\xe9'), 'caf\\xe9');
  t.is(printable('a\nb\x1b[2J'), 'a\\x0ab\\x1b[2J');
  t.is(printable(byteStringFromText('a\u009b2J')), 'a\\xc2\\x9b2J');
  t.is(printable('a\\b'), 'a\\x5cb');
});

test('no name prints a control character', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const shown = printable(byteString(bytes));
      return !/\p{Cc}/u.test(shown);
    }),
  );
  t.notRegex(printable(byteStringFromText('\u0085')), /\p{Cc}/u);
});

test('what was made printable can be read back', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const name = byteString(bytes);
      t.is(fromPrintable(printable(name)), name);
    }),
  );
  t.is(fromPrintable('\\x41\\xFF'), 'A\xff');
  for (const wrong of ['\\', '\\x', '\\xg0', 'a\\\\b']) t.is(fromPrintable(wrong), undefined);
});
