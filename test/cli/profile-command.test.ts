import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { main } from '../../src/cli/main.js';
import { formatReadLog } from '../../src/optical/read-log.js';
import { bootSectorIso } from '../fixtures/boot-sector.js';
import { fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

async function snapdisc(...argv: readonly string[]) {
  return snapdiscOn({}, ...argv);
}

async function snapdiscOn(options: Parameters<typeof fakeTerminal>[0], ...argv: readonly string[]) {
  const terminal = fakeTerminal(options);
  const exitCode = await main(argv, { terminal, services: fakeServices() });
  return { exitCode, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-profile-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

const HEAD = 'snapdisc-profile 1\n# seconds what blocks path\n';

/** Writes profiles of these lines, and gives their paths. */
async function profiles(t: ExecutionContext, ...texts: readonly string[]) {
  const folder = await temporaryFolder(t);
  const paths = texts.map((_, index) => join(folder, `${index}.profile`));
  for (const [index, text] of texts.entries()) await writeFile(paths[index] ?? '', HEAD + text);
  return { folder, paths: paths as [string, ...string[]] };
}

test('show tells each file once, and the sum', async (t) => {
  const { paths } = await profiles(
    t,
    '0.5 disc 0-99 /live/vmlinuz\n1 inode - /bin/sh\n1.25 data 0-3 /bin/sh\n2 data 8 /bin/sh\n2 directory 0 /\n',
  );
  const { exitCode, stdout } = await snapdisc('profile', 'show', paths[0]);
  t.is(exitCode, 0);
  t.deepEqual(stdout.split('\n'), [
    '0.500 s   200 KiB  disc:/live/vmlinuz',
    '1.250 s  20.0 KiB  /bin/sh',
    '2.000 s  4.00 KiB  /',
    '3 files and directories, 224 KiB, in 5 accesses; 1 inodes.',
    '',
  ]);
});

test('remove takes paths and what is below them out of the file', async (t) => {
  const { folder, paths } = await profiles(
    t,
    '1 data 0 /usr/share/a\n2 data 0 /usr/share/b/c\n3 data 0 /usr/bin/sh\n4 data 0 /caf\\xe9\n',
  );
  t.is((await snapdisc('profile', 'remove', paths[0], '/usr/share')).exitCode, 0);
  const left = '3.000 data 0 /usr/bin/sh\n4.000 data 0 /caf\\xe9\n';
  t.is(await readFile(paths[0], 'utf8'), HEAD + left);
  t.deepEqual(await readdir(folder), ['0.profile']);
});

test('remove takes what show prints, and tells of what is not there', async (t) => {
  const { paths } = await profiles(
    t,
    '1 disc 0 /isolinux/x\n2 data 0 /caf\\xe9\n3 data 0 /a\\x0ab\n4 data 0 /isolinux/x\n',
  );
  const { stdout } = await snapdisc('profile', 'show', paths[0]);
  const shown = stdout.split('\n').slice(0, 3);
  const gone = shown.map((line) => line.replace(/^.* {2}/, ''));
  t.deepEqual(gone, ['disc:/isolinux/x', '/caf\\xe9', '/a\\x0ab']);
  const removed = await snapdisc('profile', 'remove', paths[0], ...gone, '/caff');
  t.is(removed.exitCode, 0);
  t.is(removed.stderr, 'Warning: /caff is not in the profile.\n');
  t.is(await readFile(paths[0], 'utf8'), `${HEAD}4.000 data 0 /isolinux/x\n`);
  t.is((await snapdisc('profile', 'remove', '-q', paths[0], '/caff')).stderr, '');
});

test('merge makes one of several and replaces nothing unasked', async (t) => {
  const { folder, paths } = await profiles(t, '2 data 0-1 /a\n', '1 data 1-2 /a\n');
  const output = join(folder, 'both');
  t.is((await snapdisc('profile', 'merge', ...paths, '-o', output)).exitCode, 0);
  const both = `${HEAD}1.000 data 1-2 /a\n2.000 data 0 /a\n`;
  t.is(await readFile(output, 'utf8'), both);
  const again = await snapdisc('profile', 'merge', paths[0], '-o', output);
  t.is(again.exitCode, 6);
  t.is(await readFile(output, 'utf8'), both);
  t.is((await snapdisc('profile', 'merge', paths[0], '-fo', output)).exitCode, 0);
  t.is(await readFile(output, 'utf8'), `${HEAD}2.000 data 0-1 /a\n`);
});

test('what only a recording takes is refused elsewhere, and changes nothing', async (t) => {
  const { folder, paths } = await profiles(t, '1 data 0 /a\n');
  const output = join(folder, 'other');
  for (const args of [
    ['remove', paths[0], '/a', '-o', output],
    ['merge', paths[0], '-o', output, '--exclude=/a'],
    ['show', paths[0], '--force'],
  ]) {
    const { exitCode, stderr } = await snapdisc('profile', ...args);
    t.is(exitCode, 2);
    t.regex(stderr, /profile (remove|merge|show) has no option --(output|exclude|force)\./);
  }
  t.is(await readFile(paths[0], 'utf8'), `${HEAD}1 data 0 /a\n`);
  t.deepEqual(await readdir(folder), ['0.profile']);
});

test('a profile behind a symlink is changed where it is', async (t) => {
  const { folder, paths } = await profiles(t, '1 data 0 /a\n2.000 data 0 /b\n');
  const link = join(folder, 'link');
  await symlink('0.profile', link);
  t.is((await snapdisc('profile', 'remove', link, '/a')).exitCode, 0);
  t.is(await readlink(link), '0.profile');
  t.is(await readFile(paths[0], 'utf8'), `${HEAD}2.000 data 0 /b\n`);
});

test('a log of a drive becomes a profile of the disc', async (t) => {
  const folder = await temporaryFolder(t);
  const iso = await bootSectorIso(folder);
  const log = join(folder, 'log');
  const read = { offset: 0, length: 700_000, approach: 'sequential', seconds: 1 } as const;
  await writeFile(log, formatReadLog([{ ...read, time: 1.5, failed: false }]));
  const output = join(folder, 'boot.profile');
  const made = await snapdisc('profile', iso, '--from', log, '-o', output);
  t.is(made.exitCode, 0, made.stderr);
  t.regex(
    made.stderr,
    /^The drive: 1 requests, 0\.7 MB.*\n {2}system-area {2}0 moves {2}684 KiB {2}0\.2 s\n/,
  );
  t.is(await readFile(output, 'utf8'), `${HEAD}1.500 disc 0 /sector.bin\n`);
  const without = ['--exclude=/sector.bin', '--exclude=/nowhere', '--force'];
  const cut = await snapdisc('profile', iso, '--from', log, '-o', output, ...without);
  t.regex(cut.stderr, /Warning: --exclude \/nowhere matches nothing that was read/);
  t.notRegex(cut.stderr, /--exclude \/sector/);
  t.is(await readFile(output, 'utf8'), HEAD);
  const quiet = await snapdisc('profile', iso, '--from', log, '-qfo', output);
  t.is(quiet.stderr, '');
});

test("the kernel's trace of a real machine becomes a profile, if it is of this disc", async (t) => {
  const folder = await temporaryFolder(t);
  const iso = await bootSectorIso(folder);
  const [trace, output] = [join(folder, 'boot.trace'), join(folder, 'boot.profile')];
  const request = '[    1.500000] block_rq_issue: 11,0 R 65536 () 0 + 2048 [sh]\n';
  await writeFile(trace, request);
  const made = await snapdisc('profile', iso, '--from', trace, '-o', output);
  t.is(made.exitCode, 0, made.stderr);
  t.is(await readFile(output, 'utf8'), `${HEAD}1.500 disc 0 /sector.bin\n`);
  await writeFile(trace, `live: trace of 11:0 ${'0'.repeat(32)}\n${request}`);
  const other = await snapdisc('profile', iso, '--from', trace, '-fo', output);
  t.is(other.exitCode, 2);
  t.regex(other.stderr, /The log is of another disc/);
});

/**
 * Puts a machine in the place of QEMU's that nobody has to look at: it is switched off after some seconds,
 * as by its user. What it was started with is written to `started`.
 */
async function machineWithoutWindow(t: ExecutionContext, folder: string): Promise<string> {
  const programs = join(folder, 'bin');
  const started = join(folder, 'started');
  await mkdir(programs);
  const { PATH = '' } = process.env;
  const script = `#!/bin/sh
PATH='${PATH}'
echo "$@" >${started}
# The boot sector ends at a "!" on its serial port.
(sleep 3; echo !) | qemu-system-i386 -display none -serial stdio "$@" >/dev/null
`;
  await writeFile(join(programs, 'qemu-system-i386'), script, { mode: 0o755 });
  process.env.PATH = `${programs}:${PATH}`;
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  return started;
}

test.serial('in a window what is read until the machine is off counts; Enter pauses', async (t) => {
  const folder = await temporaryFolder(t);
  const iso = await bootSectorIso(folder);
  const started = await machineWithoutWindow(t, folder);
  const output = join(folder, 'boot.profile');
  const desktop = { env: { DISPLAY: ':7' } };
  const args = ['profile', iso, '--window', '--arch=i386', '--memory=16', '-fo', output];
  const whole = await snapdiscOn(desktop, ...args);
  t.is(whole.exitCode, 0, whole.stderr);
  t.regex(whole.stderr, /recording until the machine is off/);
  t.notRegex(whole.stderr, /Enter pauses/);
  t.regex(await readFile(output, 'utf8'), /^\d+\.\d+ disc 0 \/sector\.bin$/m);
  const machine = await readFile(started, 'utf8');
  t.notRegex(machine, /-display/);
  t.regex(machine, /serial=snapdisc-profile/);
  t.regex(machine, /-m 16M/);

  // Paused at once, nothing is recorded.
  const paused = await snapdiscOn({ ...desktop, isTTY: true, input: '\n' }, ...args);
  t.is(paused.exitCode, 0, paused.stderr);
  t.regex(paused.stderr, /Enter pauses the recording.*\nPaused\.\n/s);
  t.notRegex(await readFile(output, 'utf8'), /sector/);
});

test.serial('Enter pauses without a window, too', async (t) => {
  const folder = await temporaryFolder(t);
  const iso = await bootSectorIso(folder);
  const output = join(folder, 'boot.profile');
  const args = ['profile', iso, '--seconds=3', '--arch=i386', '--memory=16', '-fo', output];
  const paused = await snapdiscOn({ isTTY: true, input: '\n' }, ...args);
  t.is(paused.exitCode, 0, paused.stderr);
  t.regex(paused.stderr, /Enter pauses the recording.*\nPaused\.\n/s);
  t.notRegex(await readFile(output, 'utf8'), /sector/);
  const whole = await snapdiscOn({ isTTY: true, input: '\n\n' }, ...args);
  t.regex(whole.stderr, /Paused\.\nRecording\.\n/);
  t.regex(await readFile(output, 'utf8'), /^\d+\.\d+ disc 0 \/sector\.bin$/m);
});

test.serial('the event to wait for is chosen on the command line', async (t) => {
  const folder = await temporaryFolder(t);
  const iso = await bootSectorIso(folder, 'test login: ');
  const output = join(folder, 'boot.profile');
  const machine = ['--arch=i386', '--memory=16', '--timeout=2'];
  const late = await snapdisc('profile', iso, ...machine, '--until=multi-user', '-o', output);
  t.is(late.exitCode, 7);
  t.regex(late.stderr, /recording until there is systemd's multi-user\.target and the drive is/);
  t.regex(
    late.stderr,
    /Build the disc with --serial and --append="systemd\.log_target=kmsg printk/,
  );
  t.deepEqual((await readdir(folder)).sort(), ['sector.bin', 'sector.iso']);
});

test('mistakes are told before a machine is started', async (t) => {
  const { folder, paths } = await profiles(t, '1 data 0 /a\n', 'nonsense\n');
  const iso = await bootSectorIso(folder);
  const output = join(folder, 'new.profile');
  const fails = async (code: number, message: RegExp, ...argv: readonly string[]) => {
    const { exitCode, stderr } = await snapdisc('profile', ...argv);
    t.is(exitCode, code, argv.join(' '));
    t.regex(stderr, message);
  };
  await fails(2, /--output is missing/, iso);
  await fails(2, /--output is missing/, 'merge', paths[0]);
  await fails(2, /--seconds is "soon"/, iso, '-o', output, '--seconds=soon');
  await fails(2, /--until <event>' argument 'soon' is invalid/, iso, '-o', output, '--until=soon');
  await fails(2, /--timeout is "0"/, iso, '-o', output, '--timeout=0');
  await fails(2, /The glob "\.\.\/x" matches no path/, iso, '-o', output, '--exclude=../x');
  await fails(2, /The glob "" matches no path/, iso, '-o', output, '--exclude=');
  await fails(6, /exists already/, iso, '-o', paths[0]);
  await fails(8, /no ISO 9660/, paths[0], '-o', output);
  await fails(8, /cannot be read/, '/nonexistent.iso', '-o', output);
  await fails(2, /first line is not/, iso, '-o', output, `--from=${paths[0]}`);
  await fails(2, /1\.profile: This is no boot profile: line 3: not/, 'show', paths[1] ?? '');
  await fails(2, /cannot be read: no such file or directory\./, 'show', '/nonexistent');
  await writeFile(paths[0], Buffer.from([0xff, 0xfe]));
  await fails(2, /cannot be read: /, 'show', paths[0]);
  await fails(2, /1\.profile/, 'merge', '-o', output, paths[1] ?? '');
});

test('flags that say different things of when to stop, or have no machine, are refused', async (t) => {
  const refused = async (flag: string, ...others: readonly string[]) => {
    for (const other of others) {
      const argv = ['profile', '/nonexistent.iso', '-o', 'new.profile', flag, other];
      const { exitCode, stderr } = await snapdisc(...argv);
      t.is(exitCode, 2, argv.join(' '));
      const names = [flag, other]
        .map((text) => text.replace(/=.*/, ''))
        .join('.* cannot be used .*');
      t.regex(stderr, new RegExp(`Option '${names}`));
    }
  };
  const event = ['--until=login', '--timeout=9'];
  await refused('--seconds=9', ...event);
  await refused('--window', ...event, '--seconds=9');
  const machine = ['--memory=64', '--drive=usb', '--arch=i386'];
  await refused('--from=log', ...event, '--seconds=9', '--window', ...machine);
});

test('where a recording cannot go is told before anything is booted, forced or not', async (t) => {
  const folder = await temporaryFolder(t);
  const record = (...argv: string[]) => snapdisc('profile', join(folder, 'no.iso'), ...argv);
  const nowhere = await record('-o', join(folder, 'nowhere/boot.profile'));
  t.is(nowhere.exitCode, 6);
  t.regex(nowhere.stderr, /nowhere is not a directory\./);
  const taken = await record('-fo', folder);
  t.is(taken.exitCode, 6);
  t.regex(taken.stderr, /is not a regular file\./);
});
