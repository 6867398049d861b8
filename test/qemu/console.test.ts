import { PassThrough } from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import { SerialConsole } from '../../src/qemu/console.js';

function wire(fatal?: RegExp) {
  const output = new PassThrough();
  const input = new PassThrough();
  const texts: string[] = [];
  const onText = (text: string) => void texts.push(text);
  const options = fatal === undefined ? { onText } : { fatal, onText };
  return { output, input, texts, console: new SerialConsole(output, input, options) };
}

test('each piece of output is matched once, with what came before it', async (t) => {
  const { output, console } = wire();
  output.write('boot: ok\r\nboot: again\r\n');
  t.deepEqual(await console.expect(/boot: (\w+)/, 1), {
    before: '',
    text: 'boot: ok',
    groups: ['ok'],
  });
  const second = await console.expect('boot:', 1);
  t.is(second.before, '\n');
  t.is(console.unread, ' again\n');
  t.is(console.transcript, 'boot: ok\nboot: again\n');
});

test('text that comes later, in pieces, is waited for', async (t) => {
  const { output, console, texts } = wire();
  const waiting = console.expect('login: ', 5);
  for (const piece of ['lo', 'gin', ': ']) output.write(piece);
  t.is((await waiting).text, 'login: ');
  t.is(texts.join(''), 'login: ');
});

test('a string is taken literally, a global pattern starts afresh', async (t) => {
  const { output, console } = wire();
  output.write('axb a.b a.b');
  t.is((await console.expect('a.b', 1)).before, 'axb ');
  const pattern = /a.b/g;
  t.is((await console.expect(pattern, 1)).text, 'a.b');
  t.is(pattern.lastIndex, 0);
});

test('a timeout quotes the last lines', async (t) => {
  const { output, console } = wire();
  output.write(`${Array.from({ length: 50 }, (_, line) => `line ${line}`).join('\r\n')}\r\n`);
  const error = await t.throwsAsync(console.expect('never', 0.05), { code: 'vm.timeout' });
  t.regex(error?.message ?? '', /"never".*last lines:\nline 30\n.*line 49$/s);
  await t.throwsAsync(wire().console.expect('never', 0.01), { message: /console is empty/ });
});

test('fatal words end the waiting, unless what was wanted came first', async (t) => {
  const { output, console } = wire(/Kernel panic/);
  output.write('ready\nKernel panic');
  t.is((await console.expect('ready', 1)).text, 'ready');
  await t.throwsAsync(console.expect('never', 30), { code: 'vm.fatal', message: /Kernel panic/ });
});

test('the end wakes all who wait; what has come can still be read', async (t) => {
  const { output, console } = wire();
  const waiting = Promise.allSettled([console.expect('a', 30), console.expect('b', 30)]);
  output.write('last words');
  await new Promise((resolve) => setImmediate(resolve));
  console.end('pulled plug');
  console.end('another reason');
  const results = await waiting;
  t.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected'],
  );
  await t.throwsAsync(console.expect('never', 30), { code: 'vm.ended', message: /pulled plug/ });
});

test('what is sent is typed; after the end it is dropped', (t) => {
  const { input, console } = wire();
  console.send('ls\n');
  t.is(String(input.read()), 'ls\n');
  input.destroy();
  t.notThrows(() => console.send('more'));
});

test('broken streams are no unhandled errors', async (t) => {
  const { output, input, console } = wire();
  output.destroy(new Error('read error'));
  input.destroy(new Error('write error'));
  console.end('it broke');
  await t.throwsAsync(console.expect('never', 1), { code: 'vm.ended', message: /it broke/ });
});

test('output without end does not grow without end', async (t) => {
  const { output, console } = wire();
  const megabyte = `${'x'.repeat(1023)}\n`.repeat(1024);
  for (let count = 0; count < 12; count++) output.write(megabyte);
  output.write('the end');
  t.is((await console.expect('the end', 5)).text, 'the end');
  t.true(console.transcript.length <= 8 * 1024 * 1024);
});

test('any text is found as a string, wherever it is cut', async (t) => {
  const printable = fc.string({ minLength: 1, unit: fc.constantFrom(...'ab.*+?^$()[]{}|\\/- ') });
  await fc.assert(
    fc.asyncProperty(printable, fc.nat(), async (text, cut) => {
      const { output, console } = wire();
      const waiting = console.expect(text, 1);
      output.write(text.slice(0, cut % text.length));
      output.write(text.slice(cut % text.length));
      t.is((await waiting).text, text);
    }),
    { numRuns: 50 },
  );
});
