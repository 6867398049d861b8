import { access, copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { temporaryDirectory, tool } from '../rootfs/helpers.js';
import { enterNewRoot } from './helpers/new-root.js';

const RULES = 'run/udev/rules.d/10-live-disc.rules';
const SCRIPT = '. /lib/live/disc-rules.sh; describe_disc';
const SAID = [
  'ID_FS_TYPE',
  'ID_FS_USAGE',
  'ID_FS_LABEL',
  'ID_FS_LABEL_ENC',
  'ID_FS_UUID',
  'ID_FS_UUID_ENC',
];

async function isoOf(t: ExecutionContext, label: string): Promise<string> {
  const folder = await temporaryDirectory(t);
  const iso = join(folder, 'disc.iso');
  const xorriso = tool('xorriso');
  await run(xorriso, ['-as', 'mkisofs', '-quiet', '-V', label, '-o', iso, folder]);
  return iso;
}

/** Assignments of a rules file. */
function assigned(rules: string): Map<string, string> {
  const found = rules.matchAll(/ENV\{(\w+)\}="([^"]*)"/g);
  return new Map([...found].map(([, key = '', value = '']) => [key, value]));
}

/** Of the primary volume descriptor: when the volume was made and changed (ECMA-119, 8.4.26 and 8.4.27). */
async function setTimes(iso: string, made: string, changed: string): Promise<void> {
  const file = await open(iso, 'r+');
  await file.write(made, 16 * 2048 + 813, 'latin1');
  await file.write(changed, 16 * 2048 + 830, 'latin1');
  await file.close();
}

test('udev is told of the disc what blkid would find, and not to look', async (t) => {
  const times = ['2024121314151617', '2025010203040506', '0000000000000000'] as const;
  for (const [label, made, changed] of [
    ['LIVE_1.0', times[0], times[1]],
    ['My  live disc', times[0], times[2]],
    ['', times[2], times[2]],
  ] as const) {
    const iso = await isoOf(t, label);
    await setTimes(iso, made, changed);
    const root = await enterNewRoot(t, {});
    if (root === undefined) return;
    await copyFile(iso, join(root.top, 'dev/sr0'));
    t.deepEqual(await root.lines(SCRIPT), []);
    const rules = await root.read(RULES);
    const said = assigned(rules);
    t.is(said.get('UDEV_DISABLE_PERSISTENT_STORAGE_BLKID_FLAG'), '1');
    const blkid = await run(tool('blkid', 'util-linux'), ['-p', '-o', 'udev', iso]);
    const found = new Map(
      blkid
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
    for (const key of SAID) t.is(said.get(key), found.get(key), key);
    const lines = rules.trim().split('\n');
    t.deepEqual(lines.slice(0, 2), [
      'ACTION!="add", GOTO="live_end"',
      'KERNEL!="sr0", GOTO="live_end"',
    ]);
    t.is(lines.at(-1), 'LABEL="live_end"');
  }
});

test('of a stick, of no disc, of one that is none and of an odd label, nothing is said', async (t) => {
  const odd = await isoOf(t, 'A", RUN+="x');
  for (const before of [`cp /odd /dev/sr0; `, 'DISC=/dev/sda; ', 'DISC=; ', 'echo x >/dev/sr0; ']) {
    const root = await enterNewRoot(t, {});
    if (root === undefined) return;
    await copyFile(odd, join(root.top, 'odd'));
    t.deepEqual(await root.lines(before + SCRIPT), []);
    await t.throwsAsync(access(join(root.top, RULES)), { code: 'ENOENT' });
  }
});

test('udev is told not to look at loop devices of what is on the disc', async (t) => {
  const rules = 'run/udev/rules.d/10-live-loop.rules';
  const hidden = (name: string) =>
    `KERNEL=="${name}", ENV{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG}="1"\n`;
  for (const [set, expected] of [
    ['IMAGE=/dev/sr0 PACKED= BUFFER=/dev/loop1', hidden('loop1')],
    ['IMAGE=/dev/loop1 PACKED=/dev/loop0 BUFFER=', hidden('loop1') + hidden('loop0')],
    ['DISC=/dev/loop0 IMAGE=/dev/loop0 PACKED= BUFFER=/dev/loop1', hidden('loop1')],
    ['IMAGE=/dev/sr0 PACKED=/dev/mapper/live-packed BUFFER=', undefined],
    ['DISC= IMAGE=/dev/loop0 PACKED= BUFFER=', undefined],
  ] as const) {
    const root = await enterNewRoot(t, {});
    if (root === undefined) return;
    t.deepEqual(await root.lines(`${set}; . /lib/live/disc-rules.sh; hide_loop_devices`), []);
    const written = await root.read(rules).catch(() => undefined);
    t.is(written, expected, set);
  }
});
