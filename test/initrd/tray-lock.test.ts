import { access } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { enterNewRoot } from './helpers/new-root.js';

const RULES = 'usr/lib/udev/rules.d/60-cdrom_id.rules';
/** Of systemd 252. */
const SYSTEMD = [
  'KERNEL!="sr[0-9]*", GOTO="cdrom_end"',
  'ENV{DISK_EJECT_REQUEST}=="?*", RUN+="cdrom_id --eject-media $devnode", GOTO="cdrom_end"',
  'IMPORT{program}="cdrom_id --lock-media $devnode"',
  'LABEL="cdrom_end"',
];
const OURS = 'run/udev/rules.d/60-cdrom_id.rules';
const SCRIPT = '. /lib/live/tray-lock.sh; keep_tray_shut';

test('udev neither locks trays nor opens that of the disc', async (t) => {
  for (const path of [RULES, RULES.replace('usr/', '')]) {
    const root = await enterNewRoot(t, { [path]: `${SYSTEMD.join('\n')}\n` });
    if (root === undefined) return;
    t.deepEqual(await root.lines(SCRIPT), []);
    t.deepEqual((await root.read(OURS)).split('\n'), [
      'KERNEL=="sr0", ENV{DISK_EJECT_REQUEST}=""',
      ...SYSTEMD.map((line) => line.replace(' --lock-media', '')),
      '',
    ]);
  }
});

test('without udev, or without an optical drive, there is nothing to take out', async (t) => {
  for (const [files, before] of [
    [{}, ''],
    [{ [RULES]: 'IMPORT\n' }, 'DISC=/dev/sda; '],
    [{ [RULES]: 'IMPORT\n' }, 'DISC=; '],
  ] as const) {
    const root = await enterNewRoot(t, files);
    if (root === undefined) return;
    t.deepEqual(await root.lines(before + SCRIPT), []);
    await t.throwsAsync(access(join(root.top, OURS)), { code: 'ENOENT' });
  }
});
