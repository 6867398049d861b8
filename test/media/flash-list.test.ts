import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { main } from '../../src/cli/main.js';
import { holdsFile } from '../../src/media/flash/check-target.js';
import { type Drive, listDrives } from '../../src/media/flash/drives.js';
import { sticksFor } from '../../src/media/flash/sticks.js';
import { GIB } from '../../src/units.js';
import { fakeServices } from '../cli/fixtures/fake-services.js';
import { fakeTerminal } from '../cli/fixtures/fake-terminal.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { discOf } from '../extract/helpers.js';
import { directory, file } from '../fixtures/torture-tree.js';

/** What lsblk lists; the tests have one of their own on the PATH. */
const STICK = {
  ...{ name: 'sdb', path: '/dev/sdb', size: 8 * GIB, model: 'Cruzer Blade', serial: '4C53' },
  ...{ type: 'disk', rm: true, hotplug: true, ro: false, 'log-sec': 512, mountpoints: [null] },
};
const PART = { ...STICK, name: 'sdb1', path: '/dev/sdb1', type: 'part', model: null, serial: null };
const SYSTEM = { ...STICK, name: 'sda', path: '/dev/sda', rm: false, hotplug: false };
const EMPTY_SLOT = { ...STICK, name: 'sdc', path: '/dev/sdc', size: 0 };

/** Puts an lsblk into the PATH that says `blockdevices`, or does what `script` says. */
async function lsblk(t: ExecutionContext, blockdevices: readonly object[], script = '') {
  const folder = await temporaryDirectory(t);
  const said = join(folder, 'said.json');
  await writeFile(said, JSON.stringify({ blockdevices }));
  const text = `#!/bin/sh\necho "$*" >>'${folder}/asked'\n${script}\ncat '${said}'\n`;
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin/lsblk'), text, { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${folder}/bin:${path}`;
  t.teardown(() => {
    process.env.PATH = path;
  });
  return { asked: () => readFile(join(folder, 'asked'), 'utf8') };
}

async function snapdisc(...argv: readonly string[]) {
  const terminal = fakeTerminal();
  const exitCode = await main(argv, { terminal, services: fakeServices() });
  return { exitCode, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

async function smallDisc(t: ExecutionContext) {
  return discOf(t, directory({ file: file('one') }));
}

test.serial('removable drives are listed, and what to type next', async (t) => {
  const { iso } = await smallDisc(t);
  const mounted = { ...PART, mountpoints: ['/media/me/A', '/mnt'] };
  await lsblk(t, [SYSTEM, { ...STICK, children: [mounted] }, EMPTY_SLOT]);
  const { exitCode, stdout, stderr } = await snapdisc('flash', iso);
  t.is(exitCode, 0);
  t.is(stdout, '/dev/sdb  8.00 GiB  Cruzer Blade  4C53  mounted at /media/me/A, /mnt\n');
  t.is(stderr, `Next: snapdisc flash ${iso} /dev/sdb\n`);
});

test.serial('where no removable drive is, that is told, and what to do', async (t) => {
  const { iso } = await smallDisc(t);
  await lsblk(t, [SYSTEM, EMPTY_SLOT]);
  const { exitCode, stdout, stderr } = await snapdisc('flash', iso);
  t.is(exitCode, 0);
  t.is(stdout, '');
  t.regex(stderr, /^No removable drive is there\. Plug a stick in/);
});

test.serial('what is no disc image is told before drives are listed', async (t) => {
  const { folder } = await smallDisc(t);
  await lsblk(t, [STICK]);
  const text = join(folder, 'not.iso');
  await writeFile(text, 'no disc');
  for (const path of [join(folder, 'nope.iso'), folder, text]) {
    const { exitCode, stdout, stderr } = await snapdisc('flash', path);
    t.is(exitCode, 8, path);
    t.is(stdout, '');
    t.regex(stderr, /^Error: .*\nHint: /);
  }
});

test.serial('every mount of a drive is known, where lsblk can tell', async (t) => {
  await lsblk(t, [{ ...STICK, children: [{ ...PART, mountpoints: ['/media/me/A', '/home'] }] }]);
  t.deepEqual((await listDrives())[0]?.mounts, ['/media/me/A', '/home']);
});

test.serial('before util-linux 2.37 lsblk is asked for the one mount that it knows', async (t) => {
  const old = { ...STICK, mountpoints: undefined, mountpoint: '/media/me/A' };
  const refuses = 'case $* in *MOUNTPOINTS*) echo "lsblk: unknown column: $*" >&2; exit 1;; esac';
  const { asked } = await lsblk(t, [old], refuses);
  t.deepEqual((await listDrives())[0]?.mounts, ['/media/me/A']);
  t.is((await asked()).trim().split('\n').length, 2);
  await lsblk(t, [old], 'echo "lsblk: broken" >&2; exit 1');
  await t.throwsAsync(listDrives(), { code: 'tool.failed', message: /broken/ });
});

test.serial('the wizard offers the sticks that the disc can be written to', async (t) => {
  const { iso } = await smallDisc(t);
  const small = { ...STICK, name: 'sdd', path: '/dev/sdd', size: 1000 };
  const home = { ...STICK, name: 'sde', path: '/dev/sde', mountpoints: ['/home'] };
  const locked = { ...STICK, name: 'sdf', path: '/dev/sdf', ro: true };
  const second = { ...STICK, name: 'sdg', path: '/dev/sdg' };
  await lsblk(t, [SYSTEM, EMPTY_SLOT, STICK, small, home, locked, second]);
  t.deepEqual(
    (await sticksFor(iso)).map(({ path }) => path),
    ['/dev/sdb', '/dev/sdg'],
  );
});

test('the image lies on a drive if a file system of its does, wherever that is mounted', async (t) => {
  const { folder, iso } = await smallDisc(t);
  const drive = (...mounts: readonly string[]): Drive => ({
    ...{ name: 'sdb', path: '/dev/no-such-drive', size: 8 * GIB, model: '', serial: '' },
    ...{ type: 'disk', isRemovable: true, isReadOnly: false, sectorSize: 512, parent: undefined },
    ...{ mounts, holds: [] },
  });
  t.true(await holdsFile(drive('/proc', folder), iso));
  t.true(await holdsFile(drive('[SWAP]', '/no/such/folder', folder), iso));
  t.false(await holdsFile(drive('/proc', '[SWAP]'), iso));
  t.false(await holdsFile(drive(), iso));
});
