import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { run } from '../../src/process.js';
import { VirtualMachine } from '../../src/qemu/virtual-machine.js';
import { liveIso } from './live-iso.js';

const XORRISO = { program: 'xorriso', purpose: 'takes files off a disc', debianPackage: 'xorriso' };

test('with another disc in the drive the init says what it saw and offers a shell', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const [kernel, initrd] = [join(folder, 'vmlinuz'), join(folder, 'initrd.img')];
  const take = ['-extract', '/live/vmlinuz', kernel, '-extract', '/live/initrd.img', initrd];
  await run(XORRISO, ['-osirrox', 'on', '-indev', await liveIso('i386'), ...take]);

  const machine = await VirtualMachine.start({
    iso: await liveIso('amd64'),
    arch: 'i386',
    memoryMiB: 128,
    drive: 'ide',
    kernel,
    initrd,
    append: 'console=ttyS0 quiet live.wait=4',
  });
  t.teardown(() => machine.stop());
  await machine.expect(
    /the disc was not found in 4 seconds \(volume SNAPDISC, root image [0-9a-f]{32}\)/,
    180,
  );
  await machine.expect(
    /\/dev\/sr0 +\d+ MiB +QEMU DVD-ROM.*: ISO 9660 volume 'SNAPDISC', not the one looked for/,
    60,
  );
  await machine.expect(/# /, 60);
  machine.send('echo shell-$((40 + 2))\n');
  await machine.expect('shell-42', 60);
  // Leaving the shell looks again: the user may have changed the disc by then.
  machine.send('exit\n');
  await machine.expect(/the disc was not found in 4 seconds/, 60);
  t.false(machine.console.transcript.includes('Kernel panic'));
});
