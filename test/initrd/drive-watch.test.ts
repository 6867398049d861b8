import test, { type ExecutionContext } from 'ava';
import { type LiveRoot, liveRoot } from './helpers/live-root.js';

const UUID = '00112233445566778899aabbccddeeff';
const ERRORS = '/sys/block/sr0/device/ioerr_cnt';
const TIMEOUTS = '/sys/block/sr0/device/iotmo_cnt';
const SEQUENCE = '/sys/block/sr0/diskseq';
const PRINTK = '/proc/sys/kernel/printk';
const CTRL_ALT_DEL = '/proc/sys/kernel/ctrl-alt-del';
const AUTOCLOSE = '/proc/sys/dev/cdrom/autoclose';
const DISC = '/dev/sr0';
/** For who ends the system. */
const CONSOLES = ['/dev/tty0', '/dev/ttyS0'];

/** The kernel's log is not ours to write, and starting something is to be seen. */
const START = `
  . ./resident.sh; . ./messages.sh; . ./disc-check.sh; . ./drive-watch.sh
  READ_TRIES=3
  load_read_retries() { :; }
  start_read_retries() { echo "tried again" >>/asked; [ -e /raid1.ko ]; }
  newest_read_error() { read -r line </kernel-log; echo "$line"; }
  start_drive_watch
  # What is asked beside the guard is heard with the next look.
  look() { watch_drive; wait; }
`;

/** A disc whose root image begins at its second 2 KiB block: the superblock lies 1,024 bytes in. */
function disc(uuid: string): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.set(Buffer.from(uuid, 'hex'), 2048 + 1024 + 104);
  return bytes;
}

async function running(
  t: ExecutionContext,
  state: Readonly<Record<string, string>> = {},
): Promise<LiveRoot | undefined> {
  const root = await liveRoot(t, {
    ...{ DISC, UUID, DIRECT: '1', SUPERBLOCK_SECTOR: '4', DRIVE_SPEED: '8' },
    ...state,
  });
  await root?.write({
    [ERRORS]: '0x5\n',
    [TIMEOUTS]: '0x0\n',
    [DISC]: disc(UUID),
    [PRINTK]: '4 4 1 7\n',
    [CTRL_ALT_DEL]: '0\n',
    [AUTOCLOSE]: '1\n',
    '/sys/class/tty/console/active': 'tty0 ttyS0\n',
    '/dev/kmsg': '',
    '/kernel-log': '\n',
    ...Object.fromEntries(CONSOLES.map((name) => [name, ''])),
  });
  return root;
}

/** In the shell: another failed command. */
const fail = (count: number) => `echo 0x${count} >${ERRORS}; look; look; look; look`;
const said = `while read -r l; do echo "$l"; done </dev/ttyS0; : >/dev/ttyS0`;

test('a drive that does nothing wrong costs nothing', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  const watched = `watch_drive; resident() { echo started; }; drive_has_disc() { echo started; }`;
  t.is(await root.run(`${START}\n${watched}; look; look; look`), '');
  for (const console of CONSOLES) t.is(await root.read(console), '');
});

test('commands that fail for reasons of their own are no news', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  t.is(await root.run(`${START}\n${fail(6)}; ${fail(7)}; ${said}`), '');
  t.is(await root.read(PRINTK), '4 4 1 7');
  t.is(await root.read(AUTOCLOSE), '1');
});

test('a disc that is gone is told once, on every console, and the kernel restarts the machine', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  await root.run(`${START}\nlook; resident bin/busybox rm ${DISC}
    ${fail(6)}; ${fail(7)}; look; look`);
  for (const console of CONSOLES) {
    t.regex(await root.read(console), /^live: The disc is gone[^\n]*Ctrl-Alt-Del[^\n]*$/);
  }
  t.is(await root.read(PRINTK), '2');
  t.is(await root.read(CTRL_ALT_DEL), '1');
  t.is(await root.read(AUTOCLOSE), '1', 'as it was');
});

test('a disc that is pulled while nothing reads it is missed at once, where the kernel counts discs', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  await root.write({ [SEQUENCE]: '3\n' });
  const pull = `resident bin/busybox rm ${DISC}; look; look; ${said}`;
  const missed = await root.run(`${START}\nlook; ${pull}; echo 4 >${SEQUENCE}; ${pull}`);
  t.regex(missed, /^live: The disc is gone/);
});

test('a stick that is pulled is missed, though its numbers are gone with it', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  const pull = `resident bin/busybox rm ${DISC} ${ERRORS}`;
  const said = await root.run(`${START}\nlook; ${pull}; look; look; look
    while read -r line; do echo "$line"; done </dev/ttyS0`);
  t.regex(said, /^live: The disc is gone[^\n]*\n$/);
});

test('another disc is not taken for ours; ours is', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  await root.write({ '/other': disc('ff'.repeat(16)), '/ours': disc(UUID) });
  const put = (name: string) =>
    `resident bin/busybox cp ${name} ${DISC}; look; look; look; look; ${said}`;
  const take = `resident bin/busybox rm ${DISC}; ${fail(6)}; ${said}`;
  const lines = (await root.run(`${START}\n${take}; ${put('/other')}; ${put('/ours')}`)).split(
    '\n',
  );
  t.deepEqual(
    lines.map((line) => /^live: (The disc is \w+|This is another)/.exec(line)?.[1]),
    ['The disc is gone', 'This is another', 'The disc is back', undefined],
  );
  t.is(await root.read(PRINTK), '4');
  t.is(await root.read(CTRL_ALT_DEL), '0');
});

const SPEED_PROGRAM = `#!/bin/sh\necho "\${0##*/} $*" >>/asked\n`;
const SCRATCH = `echo 'I/O error, dev sr0, sector 1234' >/kernel-log`;

test('read errors slow the drive down and are told, once', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  await root.write({ '/bin/eject': SPEED_PROGRAM, '/bin/setcd': SPEED_PROGRAM }, 0o755);
  const again = `echo 'I/O error, dev sr0, sector 99' >/kernel-log; ${fail(8)}; ${said}`;
  const first = await root.run(`${START}\nPATH=/bin; ${SCRATCH}; ${fail(7)}; ${said}; ${again}`);
  t.regex(first, /^live: The disc cannot be read everywhere[^\n]*\n$/);
  t.is(await root.read('/asked'), 'eject -x 8 /dev/sr0\ntried again\ntried again');
});

test('neither a stopped console nor a disc that is slow to read stops the guard', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  // Nobody reads these pipes, and each holds what is written to it.
  const stuck = `rm /dev/ttyS0; mknod /dev/ttyS0 p; mknod /disc p
    load_read_retries() { read -r _ </disc; }; slow_drive() { :; }`;
  const [first, retried] = (
    await root.run(`${START}\nresident() { shift; /run/initramfs/bin/busybox "$@"; }
      ${stuck.replace(/\b(rm|mknod) /g, '/run/initramfs/bin/busybox $1 ')}
      drive_has_disc() { read -r _ </answer; }
      /run/initramfs/bin/busybox mknod /answer p
      ${SCRATCH}; echo 0x7 >${ERRORS}; watch_drive; watch_drive; echo goes on
      exec 9<>/answer; echo >&9; wait; echo >&9; watch_drive; watch_drive
      [ -e /asked ] && echo tried too early
      exec 8<>/disc 7<>/dev/ttyS0; echo >&8; wait; look; read -r l </asked; echo "$l"`)
  ).split('\n');
  t.is(first, 'goes on');
  t.is(retried, 'tried again');
});

test('hdparm sets the speed as it takes it; 0 leaves the drive alone', async (t) => {
  for (const [speed, asked] of [
    ['4', 'hdparm -E 4 /dev/sr0\ntried again'],
    ['0', 'tried again'],
  ] as const) {
    const root = await running(t, { DRIVE_SPEED: speed });
    if (root === undefined) return;
    // Neither lies where the initrd's PATH leads.
    const programs = { '/usr/local/sbin/hdparm': SPEED_PROGRAM, '/usr/bin/eject': SPEED_PROGRAM };
    await root.write(programs, 0o755);
    await root.run(`PATH=/bin:/sbin\n${START}\n${SCRATCH}; ${fail(7)}`);
    t.is(await root.read('/asked'), asked);
  }
});

test('read errors are known by every word the kernel has for them', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  const errors = [
    'blk_update_request: I/O error, dev sr0, sector 12 op 0x0:(READ)',
    'critical medium error, dev sr0, sector 16 op 0x0:(READ)',
  ];
  await root.write({
    '/kernel-log': `${[...errors, 'I/O error, dev sr1, sector 8'].join('\n')}\n`,
  });
  const found = await root.run(`${START}
    . ./drive-watch.sh
    resident() {
      shift
      case $1 in dmesg) set -- cat /kernel-log ;; esac
      /run/initramfs/bin/busybox "$@"
    }
    newest_read_error`);
  t.is(found, `${errors[1]}\n`);
});

test('what failed while the disc was out is no scratch', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  await root.write({ '/ours': disc(UUID), '/bin/eject': SPEED_PROGRAM, '/asked': '' }, 0o755);
  await root.run(`${START}\nPATH=/bin; resident bin/busybox rm ${DISC}; ${fail(6)}; ${SCRATCH}
    resident bin/busybox cp /ours ${DISC}; look; look; ${fail(7)}`);
  t.is(await root.read('/asked'), '');
});

test('reads are tried again from the first error on; what that takes is asked for three times', async (t) => {
  const root = await running(t, { DRIVE_SPEED: '0' });
  if (root === undefined) return;
  const errors = [1, 2, 3, 4, 5]
    .map((sector) => `echo 'I/O error, dev sr0, sector ${sector}' >/kernel-log; ${fail(sector)}`)
    .join('\n');
  // Meanwhile the loading to memory would have to let go of what holds the drive.
  await root.write({ '/asked': '', '/run/live/load-to-ram.pid': '1\n', '/proc/1/comm': '' });
  const none = 'while read -r l; do echo early; done </asked; resident bin/busybox rm';
  const loading = `${errors}\n${none} /run/live/load-to-ram.pid`;
  t.is(await root.run(`${START}\n${loading}\n${errors}`), '');
  t.is(await root.read('/asked'), 'tried again\ntried again\ntried again');
  await root.write({ '/asked': '', '/raid1.ko': '' });
  await root.run(`${START}\n${errors}`);
  t.is(await root.read('/asked'), 'tried again');
  t.regex(await root.read('/run/live/log'), /each read is tried 3 times from now on/);
});

test('reads are not tried again of a disc that is gone, another, or not needed any more', async (t) => {
  const root = await running(t, { DRIVE_SPEED: '0' });
  if (root === undefined) return;
  await root.write({ '/asked': '', '/other': disc('ff'.repeat(16)), '/ours': disc(UUID) });
  const put = (name: string) => `resident bin/busybox cp ${name} ${DISC}`;
  const ready = `${START}\n${SCRATCH}; echo 0x7 >${ERRORS}; look; look`;
  await root.run(`${ready}; resident bin/busybox rm ${DISC}; look; look`);
  await root.run(`${START}\n${put('/other')}; ${ready}; look; look`);
  await root.run(`${START}\n${put('/ours')}; ${ready}; echo DISC= >>/run/live/state; look; look`);
  t.is(await root.read('/asked'), '');
});

test('who asks the drive and is killed is asked again', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  const said = await root.run(`${START}
    drive_has_disc() { resident bin/busybox sleep 5; }
    echo 0x7 >${ERRORS}; watch_drive; kill -9 "$asked_drive"; wait
    drive_has_disc() { false; }
    look; look; look; read -r line </dev/ttyS0; echo "$line"`);
  t.regex(said, /^live: The disc is gone/);
});

test('a process that was killed holds up no retries', async (t) => {
  const root = await running(t, { DRIVE_SPEED: '0' });
  if (root === undefined) return;
  await root.write({ '/asked': '', '/run/live/end-of-boot.pid': '77\n' });
  await root.run(`${START}\n${SCRATCH}; ${fail(7)}`);
  t.is(await root.read('/asked'), 'tried again');
});

test('a drive whose failures nobody counts is not watched', async (t) => {
  const root = await running(t);
  if (root === undefined) return;
  await root.remove(ERRORS);
  t.is(await root.run(`${START}\nresident bin/busybox rm ${DISC}; watch_drive; ${said}`), '');
});
