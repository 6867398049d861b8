import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { inspectFile } from '../../src/cli/inspect-command.js';
import { machineOf } from '../../src/cli/machine-flags.js';
import { main } from '../../src/cli/main.js';
import { realServices } from '../../src/cli/real-services.js';
import { qemuOptions } from '../../src/cli/run-disc.js';
import { targetOfDisc } from '../../src/cli/target-machine.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { isoOf } from '../extract/helpers.js';
import { fakeServices } from './fixtures/fake-services.js';
import { type FakeTerminal, fakeTerminal } from './fixtures/fake-terminal.js';

async function discFor(t: ExecutionContext, target: string): Promise<string> {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'disc/live'), { recursive: true });
  await writeFile(join(folder, 'disc/live/target'), target);
  return isoOf(folder);
}

/** The command line of QEMU that a dry run prints. */
async function machine(...argv: readonly string[]): Promise<string> {
  const terminal = fakeTerminal();
  const exitCode = await main(['run', '-n', ...argv], { terminal, services: fakeServices() });
  return exitCode === 0 ? terminal.stdout.text : terminal.stderr.text;
}

test('a disc is tried in the machine that it was made for, unless flags say otherwise', async (t) => {
  const iso = await discFor(t, 'target-medium=usb\ntarget-memory=64M\ntarget-arch=i386\n');
  t.regex(await machine(iso), /^qemu-system-i386 .*-m 64M .*usb-storage/);
  const other = await machine(iso, '--memory=96', '--drive=ide', '--arch=x86_64');
  t.regex(other, /^qemu-system-x86_64 .*-m 96M .*ide-cd/);
  // A simulated optical drive is none for a stick.
  t.regex(await machine(iso, '--slow-drive'), /-m 64M .*ide-cd/);
  t.regex(await machine(iso, '--slow-drive', '--drive=usb'), /is a stick, not an optical drive/);
  t.deepEqual((await inspectFile(iso)).target, {
    'target-medium': 'usb',
    'target-memory': '64M',
    'target-arch': 'i386',
  });
});

test('a disc that does not tell, or is none, goes into a plain machine', async (t) => {
  const plain = { memoryMiB: 256, drive: 'ide', arch: 'x86_64' } as const;
  const odd = await discFor(t, `target-memory=lots\n${'x'.repeat(5000)}\ntarget-arch=i386\n`);
  const noDisc = join(await temporaryDirectory(t), 'text');
  await writeFile(noDisc, 'text');
  for (const path of [odd, noDisc, '/nonexistent', '/']) {
    t.deepEqual(machineOf({}, await targetOfDisc(path)), plain, path);
  }
  t.deepEqual(machineOf({ memory: '1G' }, { targetMedium: 'cd-700' }), {
    ...plain,
    memoryMiB: 1024,
  });
});

test('a disc can be tried where its own processor can be had', async (t) => {
  const programs = await temporaryDirectory(t);
  await writeFile(join(programs, 'qemu-system-i386'), '#!/bin/sh\n', { mode: 0o755 });
  const { canRun } = realServices(fakeTerminal({ env: { PATH: programs } }));
  t.true(await canRun(await discFor(t, 'target-arch=i386\n')));
  t.false(await canRun(await discFor(t, 'target-arch=x86_64\n')));
  t.false(await canRun(await discFor(t, 'target-memory=64M\n')));
});

test.serial('who tries a disc is told what it was made for', async (t) => {
  const iso = await discFor(t, 'target-memory=64M\ntarget-medium=cd-700\n');
  const programs = await temporaryDirectory(t);
  // It stands for the machine, which is off at once.
  await writeFile(join(programs, 'qemu-system-x86_64'), '#!/bin/sh\n', { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${programs}:${path}`;
  t.teardown(() => {
    process.env.PATH = path;
  });
  const run = async (...argv: readonly string[]) => {
    const terminal = fakeTerminal();
    t.is(await main(['run', iso, '--serial', ...argv], { terminal, services: fakeServices() }), 0);
    return terminal.stderr.text;
  };
  t.is(
    await run(),
    `${iso} was made for cd-700, 64M; flags choose another machine.\nTo leave: Ctrl-A, then X.\n`,
  );
  t.is(await run('--quiet'), '');
});

test.serial(
  'QEMU is not started where nothing can show it, nor with what is no disc',
  async (t) => {
    const iso = await discFor(t, '');
    const folder = await temporaryDirectory(t);
    const started = join(folder, 'started');
    const script = `#!/bin/sh\necho "$*" >>'${started}'\n`;
    await writeFile(join(folder, 'qemu-system-x86_64'), script, { mode: 0o755 });
    const path = process.env.PATH;
    process.env.PATH = `${folder}:${path}`;
    t.teardown(() => {
      process.env.PATH = path;
    });
    const run = async (terminal: FakeTerminal, ...argv: readonly string[]) => {
      const exitCode = await main(argv, { terminal, services: fakeServices() });
      return { exitCode, stderr: terminal.stderr.text };
    };
    const unseen = await run(fakeTerminal(), 'run', iso);
    t.is(unseen.exitCode, 2);
    t.regex(unseen.stderr, /neither a desktop nor a terminal .*\nHint: .* --serial, /);
    const output = join(folder, 'boot.profile');
    const unrecorded = await run(fakeTerminal(), 'profile', iso, '--window', '-o', output);
    t.is(unrecorded.exitCode, 2);
    t.regex(
      unrecorded.stderr,
      /neither a desktop nor a terminal .*\nHint: .* without --window\.\n/,
    );
    const text = join(folder, 'not.iso');
    await writeFile(text, 'no disc');
    const desktop = { env: { DISPLAY: ':0' } };
    for (const no of [text, folder, join(folder, 'nope.iso')]) {
      t.is((await run(fakeTerminal(desktop), 'run', no)).exitCode, 8, no);
    }
    await t.throwsAsync(stat(started), { code: 'ENOENT' });
    // A desktop needs no terminal, a terminal no desktop, a dry run neither.
    t.is((await run(fakeTerminal(), 'run', iso, '-n')).exitCode, 0);
    t.is((await run(fakeTerminal(desktop), 'run', iso)).exitCode, 0);
    t.is((await run(fakeTerminal({ isTTY: true }), 'run', iso, '-q')).exitCode, 0);
    t.is((await readFile(started, 'utf8')).trim().split('\n').length, 2);
  },
);

test('a window where there is a desktop, the screen in the terminal where there is none', (t) => {
  const plain = { memoryMiB: 64, drive: 'ide', arch: 'i386' } as const;
  const shown = (env: Record<string, string>, serial = false) => {
    const { display, serial: port } = qemuOptions('live.iso', plain, { env }, serial);
    return `${display} ${port}`;
  };
  t.is(shown({ DISPLAY: ':0' }), 'window none');
  t.is(shown({ WAYLAND_DISPLAY: 'wayland-0' }), 'window none');
  t.is(shown({ DISPLAY: '' }), 'console none');
  t.is(shown({ DISPLAY: ':0' }, true), 'none terminal');
});
