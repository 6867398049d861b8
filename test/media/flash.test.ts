import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rmdir,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { interruptible } from '../../src/cli/interrupt.js';
import { main } from '../../src/cli/main.js';
import { SnapdiscError } from '../../src/errors.js';
import { targetProblems } from '../../src/media/flash/check-target.js';
import { driveFailure, unmountFailure } from '../../src/media/flash/drive-failure.js';
import { type Drive, parseLsblk } from '../../src/media/flash/drives.js';
import { flash, planFlash } from '../../src/media/flash/flash.js';
import { writeTargets } from '../../src/media/flash/write-targets.js';
import { readImageFacts } from '../../src/media/image-size.js';
import { run } from '../../src/process.js';
import { GIB, MIB } from '../../src/units.js';
import { fakeServices } from '../cli/fixtures/fake-services.js';
import { fakeTerminal } from '../cli/fixtures/fake-terminal.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { CONTEXT, discOf, judge } from '../extract/helpers.js';
import { directory, file } from '../fixtures/torture-tree.js';
import { isRoot } from '../rootfs/helpers.js';
import { loopDevice } from './helpers.js';

const DISK = {
  ...{ name: 'sdb', path: '/dev/sdb', size: 8 * GIB, model: 'Cruzer Blade ', serial: '4C53' },
  ...{ type: 'disk', rm: true, hotplug: true, ro: false, 'log-sec': 512, mountpoint: null },
};
const PART = { ...DISK, name: 'sdb1', path: '/dev/sdb1', type: 'part', model: null, serial: null };

function drivesOf(...blockdevices: object[]): Drive[] {
  return parseLsblk(JSON.stringify({ blockdevices }));
}

function problemsOf(device: object, holdsImage = false): string[] {
  const [drive] = drivesOf(device);
  return drive === undefined ? [] : targetProblems(drive, GIB, holdsImage);
}

test('what lsblk says is understood, in the words of old versions too', (t) => {
  const [disk, part] = drivesOf({ ...DISK, children: [{ ...PART, mountpoint: '/media/me/x' }] });
  t.like(disk, { name: 'sdb', size: 8 * GIB, model: 'Cruzer Blade', serial: '4C53' });
  t.like(disk, { isRemovable: true, isReadOnly: false, mounts: ['/media/me/x'], holds: ['part'] });
  t.like(part, { name: 'sdb1', parent: '/dev/sdb', model: '' });
  const [old] = drivesOf({ ...DISK, size: '1024', rm: '0', hotplug: '1', ro: '1' });
  t.like(old, { size: 1024, isRemovable: true, isReadOnly: true });
  for (const text of ['', '{}', '{"blockdevices":[{}]}', 'lsblk: not found']) {
    t.throws(() => parseLsblk(text), { code: 'tool.failed' });
  }
});

test('a stick may be written, also one that a desktop has mounted', (t) => {
  t.deepEqual(problemsOf(DISK), []);
  for (const mountpoint of ['/media/me/STICK', '/run/media/me/x', '/mnt']) {
    t.deepEqual(problemsOf({ ...DISK, children: [{ ...PART, mountpoint }] }), [], mountpoint);
  }
});

test('what holds a system is refused, with all that is wrong', (t) => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ ...DISK, rm: false, hotplug: false }, /is not removable/],
    [{ ...DISK, ro: true }, /write-protected/],
    [{ ...DISK, size: MIB }, /has 1048576 bytes, and the image 1073741824/],
    [{ ...DISK, type: 'rom' }, /no disk but rom/],
    [PART, /is a partition; the whole drive is/],
    [{ ...DISK, children: [{ ...PART, mountpoint: '/' }] }, /mounted at \/\./],
    [{ ...DISK, children: [{ ...PART, mountpoint: '/boot/efi' }] }, /mounted at \/boot\/efi/],
    [{ ...DISK, children: [{ ...PART, mountpoint: '/mediatheque' }] }, /\/mediatheque/],
    [{ ...DISK, children: [{ ...PART, mountpoint: '/mntx' }] }, /\/mntx/],
    [{ ...DISK, children: [{ ...PART, mountpoint: '[SWAP]' }] }, /swap space in use/],
    [
      { ...DISK, children: [{ ...PART, children: [{ ...PART, type: 'crypt', name: 'c' }] }] },
      /holds crypt in use/,
    ],
    [
      {
        ...DISK,
        children: [{ ...PART, children: [{ ...PART, type: 'lvm', mountpoint: '/home' }] }],
      },
      /mounted at \/home\.\n.*holds lvm in use/,
    ],
  ];
  for (const [device, pattern] of cases) t.regex(problemsOf(device).join('\n'), pattern);
  t.deepEqual(problemsOf(DISK, true), ['/dev/sdb holds the image itself.']);
  t.is(problemsOf({ ...DISK, ro: true, size: 1, mountpoint: '/' }).length, 3);
});

/** A drive that takes the image and nothing else. */
const plain = (path: string) => ({ path, further: [] });

/** Files that play drives, filled with what was there before. */
async function stickFiles(t: ExecutionContext, count: number, size: number): Promise<string[]> {
  const folder = await temporaryDirectory(t);
  const paths = Array.from({ length: count }, (_, index) => join(folder, `stick${index}`));
  for (const path of paths) await writeFile(path, Buffer.alloc(size, 0xee));
  return paths;
}

test('every byte is written to all, one that fails does not stop the others', async (t) => {
  const size = 9 * MIB;
  const bytes = Buffer.alloc(size, 'image');
  const image = { size, readAt: async (at: number, n: number) => bytes.subarray(at, at + n) };
  const [one = '', two = ''] = await stickFiles(t, 2, size + MIB);
  // It has no room for anything, as a stick that was pulled.
  const paths = [one, '/dev/full', '/no/such/drive', two];
  const targets = await writeTargets(paths.map(plain), image, true, CONTEXT);
  t.deepEqual(
    targets.map(({ failure }) => failure?.code),
    [undefined, 'output.drive-failed', 'output.drive-failed', undefined],
  );
  t.regex(targets[1]?.failure?.message ?? '', /^\/dev\/full failed, or was pulled out: ENOSPC/);
  for (const path of [one, two]) {
    const found = await readFile(path);
    t.true(found.subarray(0, size).equals(bytes));
    t.true(found.subarray(size).equals(Buffer.alloc(MIB, 0xee)), 'nothing behind it');
  }
});

test('what does not come back as it was written is found', async (t) => {
  const size = 5 * MIB;
  const bytes = Buffer.alloc(size, 'image');
  let reading = false;
  // The second time the image reads otherwise, which is the same as a stick that does.
  const readAt = async (at: number, n: number) => {
    const piece = Buffer.from(bytes.subarray(at, at + n));
    if (reading && at <= 3 * MIB && at + n > 3 * MIB) piece[3 * MIB - at] = 0;
    return piece;
  };
  const stage = (title: string) => {
    if (title === 'Reading back') reading = true;
  };
  const context = { reporter: { ...CONTEXT.reporter, stage }, signal: undefined };
  const paths = await stickFiles(t, 1, size);
  const [target] = await writeTargets(paths.map(plain), { size, readAt }, true, context);
  t.is(target?.failure?.code, 'output.verify-failed');
  t.regex(target?.failure?.message ?? '', new RegExp(`at byte ${3 * MIB}\\.`));
});

const INTERRUPTED = { code: 'interrupted.signal', message: 'Interrupted.' };

test('Ctrl-C ends it, and who pressed it is told what that leaves', async (t) => {
  const image = { size: 20 * MIB, readAt: async (_: number, n: number) => Buffer.alloc(n) };
  const [path = ''] = await stickFiles(t, 1, 20 * MIB);
  /** The hint after Ctrl-C in a stage. */
  const left = async (stage: string) => {
    const abort = new AbortController();
    let now = '';
    const reporter = {
      ...CONTEXT.reporter,
      stage: (title: string) => {
        now = title;
      },
      advance: () => {
        if (now === stage) abort.abort();
      },
    };
    const { signal } = abort;
    const targets = [path, '/dev/full'].map(plain);
    const written = interruptible(fakeTerminal(), () =>
      writeTargets(targets, image, true, { reporter, signal }),
    );
    return (await t.throwsAsync<SnapdiscError>(written, INTERRUPTED))?.hint;
  };
  t.is(await left('Writing'), `${path} is not whole: write it again before it starts anything.`);
  const unread = `${path} is written, but nobody knows whether as it should be.`;
  t.is(await left('Reading back'), unread);
});

test.serial('a drive that fails in the middle is named, and the other is whole', async (t) => {
  const size = 40 * MIB;
  const bytes = Buffer.alloc(size, 'image');
  const image = { size, readAt: async (at: number, n: number) => bytes.subarray(at, at + n) };
  const [good = ''] = await stickFiles(t, 1, size);
  const small = await temporaryDirectory(t);
  let failing = '/dev/full';
  // A stick that stops taking bytes at 8 MiB: its file lies where there is no more room.
  const isMounted = await run(judge('mount'), ['-t', 'tmpfs', '-o', 'size=8m', 'none', small]).then(
    () => true,
    () => false,
  );
  if (isMounted) {
    t.teardown(() => run(judge('umount', 'mount'), ['--lazy', small]));
    failing = (await loopDevice(t, size, { folder: small })) ?? failing;
  }
  const [whole, broken] = await writeTargets([good, failing].map(plain), image, true, CONTEXT);
  t.is(whole?.failure, undefined);
  t.is(broken?.failure?.code, 'output.drive-failed');
  t.regex(broken?.failure?.message ?? '', /failed, or was pulled out: (EIO|ENOSPC)/);
  t.true((await readFile(good)).equals(bytes));
});

test.serial(
  'who may not write a drive is told so before anything is asked or unmounted',
  async (t) => {
    const { folder, iso } = await discOf(t, directory({ data: file('x') }));
    const drive = await loopDevice(t, 16 * MIB);
    // Without loop devices there is nothing to be refused.
    if (drive === undefined || !isRoot) {
      t.is(driveFailure('/dev/sdb', { code: 'EACCES' }).code, 'output.not-permitted');
      return;
    }
    await chmod(folder, 0o755);
    process.setegid?.(65_534);
    process.seteuid?.(65_534);
    const planned = planFlash(iso, [drive], false).finally(() => {
      process.seteuid?.(0);
      process.setegid?.(0);
    });
    const failure = await t.throwsAsync<SnapdiscError>(planned, { code: 'output.not-permitted' });
    t.is(failure?.message, `${drive} may not be written.`);
    t.is(failure?.hint, 'Run it as root: sudo snapdisc ...');
  },
);

test('what umount says is understood, in the words of busybox too', (t) => {
  const said = (text: string) =>
    unmountFailure('/mnt/x', new SnapdiscError('tool.failed', `umount failed: ${text}`));
  const cases = [
    ['umount: /mnt/x: must be superuser to unmount.', 'output.not-permitted'],
    ["umount: can't unmount /mnt/x: Operation not permitted", 'output.not-permitted'],
    ['umount: /mnt/x: target is busy.', 'output.busy'],
    ["umount: can't unmount /mnt/x: Device or resource busy", 'output.busy'],
    ['umount: /mnt/x: not mounted.', 'tool.failed'],
  ] as const;
  for (const [text, code] of cases) t.like(said(text), { code }, text);
  const missing = new SnapdiscError('tool.missing', 'umount is not installed.');
  t.is(unmountFailure('/mnt/x', missing), missing);
});

test.serial('an image without a boot sector is warned of, one with it is not', async (t) => {
  const { iso } = await discOf(t, directory({ data: file('x') }));
  t.false((await readImageFacts(iso)).hasBootSector);
  const drive = await loopDevice(t, 16 * MIB);
  const bytes = await readFile(iso);
  bytes.writeUInt16LE(0xaa55, 510);
  const warned = async (path: string) => {
    const terminal = fakeTerminal();
    // It is refused where the name of the drive would be typed.
    const argv = ['flash', path, drive ?? '/dev/null'];
    t.is(await main(argv, { terminal, services: fakeServices() }), 2);
    return terminal.stderr.text.includes('has no boot sector for drives');
  };
  t.is(await warned(iso), drive !== undefined);
  await writeFile(iso, bytes);
  t.false(await warned(iso));
  t.true((await readImageFacts(iso)).hasBootSector);
});

test.serial(
  'two loop devices become discs; what is mounted is refused, or unmounted below /mnt',
  async (t) => {
    const { folder, iso } = await discOf(t, directory({ data: file('x'.repeat(6 * MIB)) }));
    const wanted = await readFile(iso);
    const first = await loopDevice(t, 16 * MIB);
    const second = await loopDevice(t, 16 * MIB);
    if (first === undefined || second === undefined) {
      await t.throwsAsync(planFlash(iso, ['/dev/null'], false), { code: 'usage.drive' });
      return;
    }
    await run(judge('mke2fs', 'e2fsprogs'), ['-q', first]);
    const system = join(folder, 'system');
    await mkdir(system);
    await run(judge('mount'), [first, system]);
    try {
      const refused = planFlash(iso, [first], false);
      await t.throwsAsync(refused, { code: 'usage.drive', message: /holds what is mounted at/ });
      // Even if nobody had looked, the kernel keeps it.
      const image = { size: MIB, readAt: async (_: number, n: number) => Buffer.alloc(n) };
      const [target] = await writeTargets([first].map(plain), image, false, CONTEXT);
      t.is(target?.failure?.code, 'output.busy');
    } finally {
      await run(judge('umount', 'mount'), [system]);
    }
    await mkdir('/mnt', { recursive: true });
    const mountBelowMnt = async () => {
      const folder = await mkdtemp('/mnt/snapdisc-test-');
      t.teardown(() => rmdir(folder));
      await run(judge('mount'), [first, folder]);
      t.teardown(() => run(judge('umount', 'mount'), [folder]).catch(() => undefined));
      return folder;
    };
    const stick = await mountBelowMnt();
    const another = await mountBelowMnt();
    const onStick = join(stick, 'live.iso');
    await copyFile(iso, onStick);
    await t.throwsAsync(planFlash(onStick, [first], false), {
      code: 'usage.drive',
      message: `${first} holds the image itself.`,
    });
    const held = await open(onStick);
    const early = await planFlash(iso, [first], false);
    t.deepEqual([...(early.drives[0]?.mounts ?? [])].sort(), [stick, another].sort());
    await t.throwsAsync(flash(early, true, CONTEXT), {
      code: 'output.busy',
      message: `What is mounted at ${stick} is in use.`,
    });
    await held.close();
    await run(judge('mount'), [first, another]).catch(() => undefined);
    const plan = await planFlash(iso, [first, second, first, basename(first)], false);
    t.deepEqual(
      plan.drives.map(({ path }) => path),
      [first, second],
    );
    await flash(plan, true, CONTEXT);
    for (const path of [first, second]) {
      t.true((await readFile(path)).subarray(0, wanted.length).equals(wanted), path);
    }
    // A disc can be copied from a drive that it is in, but not onto that.
    t.is((await planFlash(first, [second], false)).size, wanted.length);
    await t.throwsAsync(planFlash(first, [first], false), {
      code: 'usage.drive',
      message: /image itself/,
    });
    const cut = join(folder, 'cut.iso');
    await writeFile(cut, wanted.subarray(0, wanted.length - 4096));
    await t.throwsAsync(planFlash(cut, [second], false), { code: 'image.truncated' });
    const tiny = await loopDevice(t, MIB);
    await t.throwsAsync(planFlash(iso, [tiny ?? ''], false), {
      code: 'usage.drive',
      message: /1048576 bytes/,
    });

    const flags = ['flash', iso, second];
    const run1 = async (...more: string[]) => {
      const terminal = fakeTerminal();
      const code = await main([...flags, ...more], { terminal, services: fakeServices() });
      return { code, stderr: terminal.stderr.text };
    };
    const unsaid = await run1();
    t.is(unsaid.code, 2);
    t.regex(unsaid.stderr, /would be lost\.\nHint: Say that it is meant: --confirm=loop\d+/);
    t.is((await run1(`--confirm=${second.replace('/dev/', '')}`)).code, 0);
  },
);
