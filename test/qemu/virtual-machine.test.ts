import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { DriveOptions } from '../../src/qemu/drives.js';
import { VirtualMachine, type VirtualMachineOptions } from '../../src/qemu/virtual-machine.js';
import { BOOT_SECTOR_GREETING, bootSectorIso } from '../fixtures/boot-sector.js';

const folder = await mkdtemp(path.join(tmpdir(), 'snapdisc-test-'));
const iso = await bootSectorIso(folder);
test.after.always(() => rm(folder, { recursive: true, force: true }));

const COMMON = { iso, arch: 'i386', memoryMiB: 16, drive: 'ide' } as const;

const DRIVES: readonly DriveOptions[] = [
  { drive: 'ide' },
  { drive: 'sata' },
  { drive: 'scsi' },
  { drive: 'scsi', scsiController: 'am53c974' },
  { drive: 'scsi', scsiController: 'virtio-scsi' },
  { drive: 'virtio' },
  { drive: 'usb' },
  { drive: 'usb', usbController: 'uhci' },
  { drive: 'usb', usbController: 'xhci' },
];

async function start(
  teardown: (end: () => Promise<void>) => void,
  options: VirtualMachineOptions,
): Promise<VirtualMachine> {
  const machine = await VirtualMachine.start(options);
  teardown(() => machine.stop());
  return machine;
}

for (const drive of DRIVES) {
  const controller = drive.scsiController ?? drive.usbController ?? 'default controller';
  test.serial(`the firmware boots from ${drive.drive}, ${controller}`, async (t) => {
    const machine = await start(t.teardown, { ...COMMON, ...drive });
    await machine.expect(BOOT_SECTOR_GREETING, 30);
    machine.send('echo me');
    t.is((await machine.expect('echo me', 10)).text, 'echo me');
    machine.send('!');
    await t.notThrowsAsync(machine.waitForExit(10));
  });
}

test.serial('x86_64 boots too', async (t) => {
  const machine = await start(t.teardown, { ...COMMON, arch: 'x86_64' });
  await machine.expect(BOOT_SECTOR_GREETING, 30);
  machine.send('!');
  await t.notThrowsAsync(machine.waitForExit(10));
});

test.serial('the monitor answers, refuses and takes screenshots', async (t) => {
  const machine = await start(t.teardown, COMMON);
  await machine.expect(BOOT_SECTOR_GREETING, 30);
  const monitor = await machine.monitor();
  t.like(await monitor.execute('query-status'), { status: 'running' });
  await t.throwsAsync(monitor.execute('no-such-command'), { code: 'vm.monitor' });
  const picture = path.join(folder, 'screen.png');
  await machine.screenshot(picture);
  t.is((await readFile(picture)).subarray(1, 4).toString('latin1'), 'PNG');
  await machine.stop();
  await t.throwsAsync(monitor.execute('query-status'), { code: 'vm.monitor' });
});

test.serial('a reset boots again', async (t) => {
  const machine = await start(t.teardown, COMMON);
  await machine.expect(BOOT_SECTOR_GREETING, 30);
  await (await machine.monitor()).execute('system_reset');
  await t.notThrowsAsync(machine.expect(BOOT_SECTOR_GREETING, 30));
});

test.serial('a pulled plug ends those who wait, and leaves nothing behind', async (t) => {
  // Of its own, since other tests have machines, too.
  const own = await mkdtemp(path.join(folder, 'own-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = own;
  const machine = await start(t.teardown, COMMON);
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  t.is((await readdir(own)).length, 1);
  await machine.expect(BOOT_SECTOR_GREETING, 30);
  const waiting = t.throwsAsync(machine.expect('never', 30), { code: 'vm.ended' });
  await machine.stop();
  const error = await waiting;
  t.true(error?.message.includes(BOOT_SECTOR_GREETING), 'the last lines are quoted');
  await t.notThrowsAsync(machine.stop());
  t.deepEqual(await readdir(own), []);
});

test.serial('an abort signal ends the machine', async (t) => {
  const abort = new AbortController();
  const machine = await start(t.teardown, { ...COMMON, signal: abort.signal });
  await machine.expect(BOOT_SECTOR_GREETING, 30);
  abort.abort();
  await t.notThrowsAsync(machine.exited);
  const late = await VirtualMachine.start({ ...COMMON, signal: abort.signal }).catch(String);
  t.is(late, 'AbortError: This operation was aborted');
});

test.serial("QEMU's own complaint is told", async (t) => {
  const machine = await start(t.teardown, { ...COMMON, iso: path.join(folder, 'missing.iso') });
  const error = await t.throwsAsync(machine.expect('never', 20), { code: 'vm.ended' });
  t.regex(error?.message ?? '', /missing\.iso.*No such file/);
  await t.throwsAsync(machine.waitForExit(10), { code: 'vm.failed' });
});

test.serial('a machine that stays on is told from one that is off', async (t) => {
  const machine = await start(t.teardown, COMMON);
  await machine.expect(BOOT_SECTOR_GREETING, 30);
  await t.throwsAsync(machine.waitForExit(0.2), { code: 'vm.timeout' });
});
