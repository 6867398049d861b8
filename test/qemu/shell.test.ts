import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { converse } from '../../src/process.js';
import { SerialConsole } from '../../src/qemu/console.js';
import { SerialShell, type ShellOptions } from '../../src/qemu/shell.js';

/** A program on a pseudo-terminal of this machine, in the place of a guest's serial port. */
function terminal(t: ExecutionContext, command: string): SerialConsole {
  const tool = {
    program: 'script',
    purpose: 'makes a pseudo-terminal',
    debianPackage: 'bsdutils',
  };
  const child = converse(tool, ['-qec', command, '/dev/null']);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('no pipes');
  const console = new SerialConsole(stdout, stdin);
  void child.then(() => console.end('the program ended'));
  t.teardown(() => {
    child.kill('SIGKILL');
  });
  return console;
}

function open(t: ExecutionContext, command: string, options?: ShellOptions) {
  return SerialShell.open(terminal(t, command), options);
}

const BASH = 'bash --norc -i';
const SHELLS: readonly [name: string, command: string][] = [
  ['bash with line editing', BASH],
  ['a plain POSIX shell', 'dash -i'],
  ['busybox', 'busybox sh -i'],
  ['a narrow terminal', `stty cols 20 rows 5; ${BASH}`],
];

for (const [name, command] of SHELLS) {
  test(`commands, output and status through ${name}`, async (t) => {
    const shell = await open(t, command);
    t.deepEqual(await shell.run('echo one; echo two >&2; exit 3'), {
      status: 3,
      output: 'one\ntwo',
    });
    t.deepEqual(await shell.run('cat'), { status: 0, output: '' });
    t.is(await shell.output('echo "$((6 * 7))" \'single\' `echo back`'), '42 single back');
    t.is(await shell.output('printf "\\0\\001é\\n\\n"'), '\0\x01é');
  });
}

test('commands that do not parse, or exit, do not harm the next one', async (t) => {
  const shell = await open(t, BASH);
  t.not((await shell.run('if then (')).status, 0);
  t.is((await shell.run('kill -9 $$')).status, 137);
  t.is(await shell.output('echo still here'), 'still here');
  await t.throwsAsync(shell.output('echo why; false'), { code: 'vm.command', message: /why/ });
});

test('commands and outputs longer than a terminal line or its buffer', async (t) => {
  const shell = await open(t, BASH);
  const long = 'x'.repeat(30_000);
  t.is(await shell.output(`printf %s ${long}`), long);
  t.is((await shell.output('seq 20000')).length, 108_893);
});

test('a daemon left behind does not hold the command', async (t) => {
  const shell = await open(t, BASH);
  t.is(await shell.output('sleep 20 & echo started', 10), 'started');
});

test("the kernel's messages in between do not matter", async (t) => {
  const shell = await open(t, BASH);
  const noise = "printf '[    1.000000] usb 1-1: new device\\r\\n' >/dev/tty; sleep 0.002";
  await shell.run(`(i=0; while [ $i -lt 300 ]; do ${noise}; i=$((i+1)); done) &`);
  for (let count = 0; count < 20; count++)
    t.is((await shell.output('seq 300')).length, 1091, `command ${count}`);
});

test('noise that cannot be told from output is seen, and the output asked for again', async (t) => {
  const shell = await open(t, BASH);
  const noise = "printf 'tty noise\\r\\n' >/dev/tty; sleep 0.01";
  await shell.run(`(i=0; while [ $i -lt 100 ]; do ${noise}; i=$((i+1)); done) &`);
  t.is((await shell.output('sleep 0.2; seq 3000')).length, 13_892);
});

test('a command that takes too long is told', async (t) => {
  const shell = await open(t, BASH);
  await t.throwsAsync(shell.run('sleep 60', 0.3), { code: 'vm.timeout' });
});

test('leave() runs what ends the machine', async (t) => {
  const console = terminal(t, BASH);
  const shell = await SerialShell.open(console);
  await shell.leave('kill -9 $PPID');
  await t.throwsAsync(console.expect('never', 10), { code: 'vm.ended' });
});

test('any command text arrives as it is', async (t) => {
  const shell = await open(t, BASH);
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(text, async (word) => {
      const clean = word.replaceAll('\0', '').replace(/\n+$/, '');
      t.is(await shell.output(`printf %s '${clean.replaceAll("'", "'\\''")}'`), clean);
    }),
    { numRuns: 25 },
  );
});

/** Asks as login(1) does. */
const LOGIN = `
printf 'live login: '; read -r name
printf 'Password: '; stty -echo; read -r password; stty echo; echo
if [ "$name:$password" = 'user:secret' ]; then exec dash -i; fi
echo 'Login incorrect'; sleep 20
`;

test('logs in where it is asked to', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const script = path.join(folder, 'login');
  await writeFile(script, LOGIN);
  const shell = await open(t, `sh ${script}`, { user: 'user', password: 'secret' });
  t.is(await shell.output('echo in'), 'in');
  const wrong = open(t, `sh ${script}`, { user: 'user', password: 'wrong' });
  await t.throwsAsync(wrong, { code: 'vm.login', message: /user/ });
});

test('waits for a shell that starts late, behind a login prompt that answers itself', async (t) => {
  const prompt = "printf 'live login: '; sleep 0.5; echo 'root (automatic login)'; sleep 0.5";
  const shell = await open(t, `${prompt}; ${BASH}`);
  t.is(await shell.output('echo in'), 'in');
});

test('no shell, no success', async (t) => {
  const hopeless = open(t, 'echo no shell here; sleep 20', { timeoutSeconds: 0.5 });
  await t.throwsAsync(hopeless, { code: 'vm.timeout', message: /no shell here/ });
});
