import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { main } from '../../src/cli/main.js';
import { createProgram } from '../../src/cli/program.js';
import { SnapdiscError } from '../../src/errors.js';
import { run } from '../../src/process.js';
import { type FakeOptions, fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

interface RunOptions extends FakeOptions {
  readonly input?: string;
  readonly env?: Record<string, string>;
  readonly isTTY?: boolean;
}

async function snapdisc(argv: readonly string[], options: RunOptions = {}) {
  const terminal = fakeTerminal(options);
  const services = fakeServices(options);
  const exitCode = await main(argv, { terminal, services });
  return { exitCode, stdout: terminal.stdout.text, stderr: terminal.stderr.text, services };
}

async function outputPath(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-cli-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'live.iso');
}

test('help begins with examples and goes to standard output', async (t) => {
  const { commands } = createProgram({ terminal: fakeTerminal(), services: fakeServices() });
  const each = commands.flatMap((command) => [
    [command.name(), '--help'],
    ...command.commands.map((part) => [command.name(), part.name(), '--help']),
  ]);
  for (const argv of [['--help'], ['help', 'run'], ['inspect', '-h'], ...each]) {
    const { exitCode, stdout, stderr } = await snapdisc(argv);
    t.is(exitCode, 0);
    t.regex(stdout, /^Examples:\n {2}(?:source <\()?snapdisc/, argv.join(' '));
    const wide = stdout.split('\n').filter((line) => line.length > 80);
    t.deepEqual(wide, [], argv.join(' '));
    t.is(stderr, '');
  }
});

test('--version prints the version of the package', async (t) => {
  const manifest = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  t.is((await snapdisc(['--version'])).stdout, `${manifest.version}\n`);
});

test('help of a command that is not there is as the command would be', async (t) => {
  for (const before of [[], ['-q']]) {
    const { exitCode, stdout, stderr } = await snapdisc([...before, 'help', 'buld']);
    t.is(exitCode, 2);
    t.is(stdout, '');
    t.is(stderr, "Error: Unknown command 'buld'.\nHint: Did you mean build?\n");
  }
  t.is(
    (await snapdisc(['buld'])).stderr,
    "Error: Unknown command 'buld'.\nHint: Did you mean build?\n",
  );
  t.regex(
    (await snapdisc(['help', 'xyzzy'])).stderr,
    /^Error: Unknown.*\nHint: snapdisc --help, or/,
  );
  for (const argv of [['help'], ['help', 'build'], ['-q', 'help', 'run']]) {
    t.is((await snapdisc(argv)).exitCode, 0, argv.join(' '));
  }
});

test('without a command and a terminal there is help, and exit code 2', async (t) => {
  for (const argv of [[], ['-q'], ['--debug'], ['-qv']]) {
    const { exitCode, stdout, stderr } = await snapdisc(argv);
    t.is(exitCode, 2);
    t.is(stdout, '');
    t.regex(stderr, /^Examples:/);
    t.regex(stderr, /Error: No command was given/);
  }
});

test('--no-input asks nothing on a terminal', async (t) => {
  const alone = await snapdisc(['--no-input'], { isTTY: true });
  t.is(alone.exitCode, 2);
  t.regex(alone.stderr, /No command was given\..*without --no-input/s);
  const build = ['build', 'a.tar', '-o', await outputPath(t), '--password=-', '--no-input'];
  const typed = await snapdisc(build, { isTTY: true, input: 'typed\n' });
  t.is(typed.exitCode, 2);
  t.regex(typed.stderr, /to be asked for, with --no-input\..*SNAPDISC_PASSWORD/s);
  const piped = await snapdisc(build, { input: 'piped\n' });
  t.is(piped.services.recipes[0]?.password, 'piped');
});

test('typing errors get a suggestion', async (t) => {
  const cases = [
    [['biuld', 'x'], /Error: Unknown command 'biuld'\.\nHint: Did you mean build\?/],
    [
      ['build', 'x', '--labl=a'],
      /Error: Unknown option '--labl=a'\.\nHint: Did you mean --label\?/,
    ],
    [['build'], /source is missing.*Hint: snapdisc build SOURCE -o FILE, or a recipe in/s],
    [['build', 'a', 'b'], /Error: Too many arguments/],
    [['build', 'a', '--label'], /Error: Option '--label <text>' argument missing\./],
    [['run', 'x', '--drive=floppy'], /Allowed choices are ide, sata, usb, scsi, virtio\./],
  ] as const;
  for (const [argv, message] of cases) {
    const { exitCode, stdout, stderr } = await snapdisc(argv);
    t.is(exitCode, 2);
    t.regex(stderr, message);
    t.notRegex(stderr, / at .*\.[jt]s/);
    t.is(stdout, '');
  }
});

test('all wrong values are reported together, under the names of their flags', async (t) => {
  const argv = ['build', 'a', '--label=/', '--headroom=8GB', '--cow=disk', '--append=a\nb'];
  const { exitCode, stderr } = await snapdisc(argv);
  t.is(exitCode, 2);
  for (const line of [
    '--output is missing',
    '--label may hold',
    '--headroom has a wrong',
    '--cow must',
    '--append holds',
  ]) {
    t.true(stderr.includes(`\n  - ${line}`), line);
  }
});

test('a build tells on standard error and keeps standard output clean', async (t) => {
  const output = await outputPath(t);
  const { exitCode, stdout, stderr, services } = await snapdisc(
    [
      'build',
      'rootfs.tar',
      '-o',
      output,
      '--user=ana',
      '--exclude=*.pyc',
      '--exclude=/doc',
      '--no-pad',
    ],
    { warnings: ['Something is odd.'] },
  );
  t.is(exitCode, 0);
  t.is(stdout, '');
  t.regex(stderr, /Warning: Something is odd\.\nWriting the disc {2}10\.0 MiB/);
  t.true(stderr.includes(`${output}: 10.0 MiB, made in 2.0 s.\nana can log in.\nTry it: `));
  t.is(await readFile(output, 'utf8'), 'a disc');
  t.is(services.closed, 1);
  const [recipe] = services.recipes;
  t.deepEqual(recipe?.exclude, ['*.pyc', '/doc']);
  t.is(recipe?.pad, false);
  t.is(recipe?.checksums, true);
});

test('-q says nothing at all; --json gives the result', async (t) => {
  const output = await outputPath(t);
  const quiet = await snapdisc(['build', 'a.tar', '-o', output, '-q'], { warnings: ['Odd.'] });
  t.deepEqual([quiet.exitCode, quiet.stdout, quiet.stderr], [0, '', '']);
  const asJson = await snapdisc(['build', 'a.tar', '-o', output, '--json', '--quiet']);
  t.deepEqual(JSON.parse(asJson.stdout), { output, size: 10 * 1024 ** 2, seconds: 2 });
  t.is(asJson.stderr, '');
});

test('a dry run prints the plan and writes nothing', async (t) => {
  const output = await outputPath(t);
  const { exitCode, stdout, services } = await snapdisc(['build', 'a.tar', '-o', output, '-n'], {
    warnings: ['Something is odd.'],
  });
  t.is(exitCode, 0);
  for (const part of [
    /^Source {2}tar archive a\.tar$/m,
    /^ {2}2\. {2}Writing the disc {2}441 MiB$/m,
    /^ {3}450 MiB {2}the whole image$/m,
    /^ {2}MISSING {2}getfattr {2}reads extended attributes$/m,
    /^ {2}Something is odd\.$/m,
  ]) {
    t.regex(stdout, part);
  }
  t.is(services.closed, 1);
  await t.throwsAsync(readFile(output), { code: 'ENOENT' });
  const asJson = await snapdisc(['build', 'a.tar', '-o', output, '-n', '--json']);
  t.is(JSON.parse(asJson.stdout).sizes.iso, 450 * 1024 ** 2);
});

test('a dry run tells how the disc and its medium get on', async (t) => {
  const plan = async (medium: string) =>
    (await snapdisc(['build', 'a', '-o', 'b', '-n', `--target-medium=${medium}`])).stdout;
  t.regex(await plan('cd-650'), /^Medium +CD-R of 650 MB, 200 MiB left$/m);
  t.notRegex(await plan('usb'), /^Medium/m);
  const large = { isoBytes: 800 * 1024 ** 2 };
  const argv = ['build', 'a', '-o', 'b', '-n', '--target-medium=cd-700'];
  const { exitCode, stdout } = await snapdisc(argv, large);
  t.is(exitCode, 0);
  t.regex(stdout, /^Medium +CD-R of 700 MB, 97\.5 MiB too small$/m);
  t.regex(stdout, /^Warnings\n {2}The disc image would be 98 MiB too large .*--exclude=/m);
});

test('failures of the pipeline keep their exit code, message and hint', async (t) => {
  const prepareError = new SnapdiscError('rootfs.no-kernel', 'There is no kernel.', {
    hint: 'Install one.',
  });
  const words = await snapdisc(['build', 'a.tar', '-o', 'b'], { prepareError });
  t.is(words.exitCode, 4);
  t.regex(words.stderr, /Error: There is no kernel\.\nHint: Install one\.\n$/);
  t.notRegex(words.stderr, /bug/);
  const asJson = await snapdisc(['build', 'a.tar', '-o', 'b', '--json'], { prepareError });
  t.is(asJson.exitCode, 4);
  t.deepEqual(JSON.parse(asJson.stdout), {
    error: {
      code: 'rootfs.no-kernel',
      message: 'There is no kernel.',
      hint: 'Install one.',
      exitCode: 4,
    },
  });
  const usage = await snapdisc(['build', '--json', '--frobnicate']);
  t.is(JSON.parse(usage.stdout).error.exitCode, 2);
});

test('a bug says so, and shows its stack only with --debug', async (t) => {
  const runError = new TypeError('x is undefined', { cause: new Error('deeper') });
  const plain = await snapdisc(['build', 'a.tar', '-o', 'b'], { runError });
  t.is(plain.exitCode, 1);
  t.regex(plain.stderr, /should not: TypeError: x is undefined\nHint: This is a bug/);
  t.notRegex(plain.stderr, /at .*main\.test/);
  const debug = await snapdisc(['build', 'a.tar', '-o', 'b', '--debug'], { runError });
  t.regex(debug.stderr, /at .*main\.test/);
  t.regex(debug.stderr, /Caused by: Error: deeper/);
  t.is(debug.services.closed, 1);
});

test('the password comes from the flag, standard input or the environment', async (t) => {
  const password = async (argv: string[], options: RunOptions = {}) => {
    const output = await outputPath(t);
    const done = await snapdisc(['build', 'a.tar', '-o', output, ...argv], options);
    return done.exitCode === 0 ? done.services.recipes[0]?.password : done.stderr;
  };
  const env = { SNAPDISC_PASSWORD: 'from env' };
  t.is(await password([]), undefined);
  t.is(await password([], { env }), 'from env');
  t.is(await password([], { env: { SNAPDISC_PASSWORD: '' } }), undefined);
  t.is(await password(['--password=flag'], { env }), 'flag');
  t.is(await password(['--password', '-'], { input: 'from stdin\r\nrest' }), 'from stdin');
  t.is(await password(['--password=-'], { input: 'no newline' }), 'no newline');
  t.regex((await password(['--password=-'], { input: '\n' })) ?? '', /standard input is empty/);
  t.regex(
    (await password(['--password=-'], { input: 'x'.repeat(5000) })) ?? '',
    /longer than 4096/,
  );
  const both = await snapdisc(['build', '-', '-o', 'b', '--password=-'], { input: 'x' });
  t.regex(both.stderr, /Both the source and the password/);
  t.is(both.exitCode, 2);
});

test('-v shows the command lines that are run, on standard error', async (t) => {
  const output = await outputPath(t);
  const terminal = fakeTerminal();
  const services = fakeServices();
  const tool = { program: 'true', purpose: 'does nothing', debianPackage: 'coreutils' };
  const prepare = services.prepareBuild;
  services.prepareBuild = async (...given) => {
    await run(tool, ['a b']);
    return prepare(...given);
  };
  t.is(await main(['build', 'a.tar', '-vo', output], { terminal, services }), 0);
  t.regex(terminal.stderr.text, /^\+ true 'a b'$/m);
  t.is(terminal.stdout.text, '');
});

test('run -n prints the command line of the machine it would start', async (t) => {
  const { exitCode, stdout } = await snapdisc([
    'run',
    'live.iso',
    '-n',
    '--serial',
    '--memory=64M',
    '--drive=usb',
  ]);
  t.is(exitCode, 0);
  t.regex(stdout, /^qemu-system-x86_64 .*-m 64M .*-display none .*usb-storage/);
  t.regex((await snapdisc(['run', 'live.iso', '-n', '--memory=1G'])).stdout, /-m 1024M/);
  t.regex((await snapdisc(['run', 'live.iso', '-n', '--memory=96'])).stdout, /-m 96M/);
  t.is((await snapdisc(['run', 'live.iso', '-n', '--memory=much'])).exitCode, 2);
  const missing = await snapdisc(['run', '/nonexistent.iso']);
  t.is(missing.exitCode, 8);
  t.regex(
    missing.stderr,
    /The disc \/nonexistent\.iso cannot be read: no such file or directory\.\nHint: /,
  );
});
