import test, { type ExecutionContext } from 'ava';
import type { SerialShell } from '../../src/qemu/shell.js';
import { badDrive, placeOf } from './bad-drive.js';
import { checkHealth, checkRoot, checkShutdown, checkWrite } from './facts.js';
import { liveIso } from './live-iso.js';
import { bootLive, type Cell } from './live-machine.js';
import { takeDiscOut, trayOf } from './tray.js';

const CELL: Cell = { arch: 'i386', drive: 'ide', origin: 'direct', cow: 'zram', memoryMiB: 768 };
/** Compares files with the checksums dpkg has of them; the fixture has no documentation. */
const VERIFY =
  'dpkg --verify coreutils libc6 perl-base systemd | grep -v "^missing .*/share/" || true';

/** Every package's files are read anew, from where they are now. */
async function checkFiles(t: ExecutionContext, shell: SerialShell): Promise<void> {
  await shell.output('echo 3 >/proc/sys/vm/drop_caches');
  t.is(await shell.output(VERIFY, 300), '');
}

test.serial('loaded to memory, the system needs neither disc nor drive', async (t) => {
  const live = await bootLive(t, { ...CELL, entry: 'Load to memory' });
  const { shell, machine } = live;
  t.regex(machine.console.transcript, /loading the system to memory \[#{25}\] 100 %/);
  await takeDiscOut(t, machine);
  t.notRegex(await shell.output('dmsetup deps -o devname'), /sr0|live-medium/);
  t.notRegex(await shell.output('cat /proc/mounts'), /iso9660/);
  // From 512 MiB of memory on there is none.
  t.is(await shell.output('tail -n +2 /proc/swaps'), '', 'no swap');
  await checkRoot(t, shell);
  await checkFiles(t, shell);
  await checkWrite(t, shell);
  await checkHealth(t, shell);
  t.log(await shell.output('cat /sys/block/zram*/mm_stat; free -m'));
  await checkShutdown(t, live);
});

/** MiB that the machine's kernel, and the init before it looks, have for themselves. */
const KERNEL_MIB = 120;

test.serial('auto: the drive is free where image and margin fit, else it is used', async (t) => {
  // Without the system's own programs: what is asked is where they would come from.
  const start = (memoryMiB: number) =>
    bootLive(t, { ...CELL, memoryMiB, parameters: 'live.toram=auto init=/bin/sh' });
  const little = await start(512);
  const why =
    /live: (the root image stays on the disc: it needs (\d+) MiB of memory and (\d+) more)/;
  const [, said = '', image, margin] = why.exec(little.machine.console.transcript) ?? [];
  t.log(said);
  t.is(Number(margin), 128);
  t.regex(await little.shell.output(PLACES), /sr0/);
  t.like(await trayOf(little.machine), { open: false });
  await little.machine.stop();

  const enough = await start(Number(image) + Number(margin) + KERNEL_MIB);
  const { shell, machine } = enough;
  t.regex(machine.console.transcript, /the root image is in memory; the disc is not needed/);
  await takeDiscOut(t, machine);
  t.notRegex(await shell.output('dmsetup deps -o devname'), /sr0|live-medium/);
  await checkRoot(t, shell);
  await checkFiles(t, shell);
});

/** Things that only go on if nothing about the root changes: processes, FIFOs, a socket, a terminal. */
const START_COMPANY = `
cd /root; mkfifo fifo keys
setsid script -qc sh /dev/null <>keys >/dev/null 2>&1 &
setsid sh -c 'while read -r line; do echo "$line by $$" >>fifo.out; done' <>fifo >/dev/null 2>&1 &
setsid sh -c 'while :; do echo "$$ $((beat += 1))" >beats; sleep 0.2; done' >/dev/null 2>&1 &
setsid perl -MIO::Socket::UNIX -e '
  $s = IO::Socket::UNIX->new(Local => "socket", Listen => 1);
  while ($c = $s->accept) { print $c "from $$\\n"; close $c }' >/dev/null 2>&1 &
sleep 1`;
/** Who answers: the process of the FIFO, of the beats, of the socket; a shell on its terminal. */
const ASK_COMPANY = `
cd /root; rm -f fifo.out; echo asked >fifo
until [ -s fifo.out ]; do sleep 0.1; done; cat fifo.out
read -r process beat <beats; sleep 1; read -r again later <beats
[ "$later" -gt "$beat" ] && echo "beats by $again"
perl -MIO::Socket::UNIX -e 'print IO::Socket::UNIX->new(Peer => "socket")->getline'
rm -f typed; echo 'echo "$(tty) by $$" >typed' >keys
until [ -s typed ]; do sleep 0.1; done; cat typed`;
/** Every file's inode number and size, and the contents of many. */
const FILES = `
echo 3 >/proc/sys/vm/drop_caches
find /etc /usr /var/lib -xdev -printf '%i %s %p\\n' | sort | sha256sum
find /usr/bin /usr/sbin /usr/lib/systemd -xdev -type f | sort | xargs cat | sha256sum`;
const PLACES = 'dmsetup deps -o devname live-origin';
/** Where the image goes, in bytes: what there is room for, what has arrived, and what the disc stores. */
const COPY = `. /run/live/toram; zram=/sys/block/\${RAM_IMAGE#/dev/}
  read -r arrived _ <$zram/mm_stat; echo $(cat $zram/disksize) $arrived $((IMAGE_SECTORS * 512))`;

test.serial('moved to memory while it runs, the system notices nothing', async (t) => {
  const live = await bootLive(t, { ...CELL, parameters: 'live.toram=background' });
  const { shell, machine } = live;
  t.regex(await shell.output(PLACES), /sr0/, 'it started from the disc');
  await shell.output(START_COMPANY);
  const company = await shell.output(ASK_COMPANY);
  t.regex(company, /^asked by \d+\nbeats by \d+\nfrom \d+\n\/dev\/pts\/\d+ by \d+$/);

  // Read while it moves: the disc and the memory answer in turns.
  const files = await shell.output(FILES, 300);
  const shown = new Set<string>();
  const deadline = Date.now() + 400_000;
  for (let round = 0; (await shell.run(`${PLACES} | grep sr0`)).status === 0; round++) {
    if (Date.now() > deadline) t.fail(await shell.output('tail -n 3 /run/live/log'));
    if (round % 10 === 0) t.is(await shell.output(FILES, 300), files, `round ${round}`);
    else await shell.output('sleep 3');
    shown.add((await shell.run('live-status | grep Loading')).output);
  }
  t.true(shown.size > 3, [...shown].join());
  await shell.output('until grep "disc is not needed" /run/live/log; do sleep 1; done');
  t.is(await shell.output('cat /run/live/load-to-ram'), '100 %');
  const [room, arrived, stored] = (await shell.output(COPY)).split(' ').map(Number);
  t.is(room, stored, 'only what the disc stores');
  t.true((arrived ?? 0) <= (stored ?? 0), `${arrived}`);
  await takeDiscOut(t, machine);
  t.is(await shell.output(FILES, 300), files);
  t.is(await shell.output(ASK_COMPANY), company);
  t.is((await shell.run('pgrep -f load-to-ram')).status, 1, 'the loader has gone');
  await checkFiles(t, shell);
  await checkHealth(t, shell);
  t.log(await shell.output('cat /sys/block/zram*/mm_stat /run/live/log; free -m'));
  await checkShutdown(t, live);
});

const RAM_IMAGE = `. /run/live/toram; zram=\${RAM_IMAGE#/dev/}
  echo "image in ($zram) of $(cat /sys/block/$zram/disksize)"`;
const LOAD_WITHOUT_MEMORY = `mount -t tmpfs -o size=90% tmpfs /mnt
  available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
  dd if=/dev/zero of=/mnt/ballast bs=1M count=$((available - 110)) 2>/dev/null
  setsid -w sh /run/live/bin/load-to-ram; umount /mnt`;

test.serial('where the disc fails, the rest stays on it and the system goes on', async (t) => {
  const iso = await liveIso(CELL.arch);
  const victim = '/usr/bin/perl';
  const { nbdSocket } = await badDrive(t, iso, { scratches: [await placeOf(iso, victim, 300)] });
  const live = await bootLive(t, { ...CELL, nbdSocket, parameters: 'live.toram=background' });
  const { shell, machine } = live;
  const told = 'only as far as [0-9]* MiB: the disc could';
  const said = await shell.output(`until grep -o "${told}" /run/live/log; do sleep 1; done`, 240);
  t.true(Number(/\d+/.exec(said)) >= 32, said);
  t.regex(machine.console.transcript, new RegExp(`live: the root image was loaded .*${told}`));
  const partly = await shell.output(`${PLACES}; ${RAM_IMAGE}`);
  const [, disc, image = 'none'] =
    /\((sr0|md_live)\)[\s\S]*image in (\S+) of [1-9]/.exec(partly) ?? [];
  t.truthy(disc, partly);
  t.is(partly.split(image).length, 3, 'the image is partly in memory');
  t.is((await shell.run('pgrep -f load-to-ram')).status, 1, 'the loader has gone');
  await shell.output('echo 3 >/proc/sys/vm/drop_caches');
  t.regex((await shell.run(`cat ${victim} >/dev/null`)).output, /Input\/output error/);
  t.is(await shell.output(VERIFY.replace('perl-base ', ''), 300), '');

  // Once more, with too little memory: what was moved goes back.
  await shell.output(LOAD_WITHOUT_MEMORY);
  t.regex(
    machine.console.transcript,
    /stays on the disc: loading it would have used up the memory/,
  );
  const back = await shell.output(`${PLACES}; ${RAM_IMAGE}`);
  const [, zram = 'none'] = /image in (\S+) of 0$/.exec(back) ?? [];
  t.is(back.split(zram).length, 2, back);
  t.is(await shell.output(VERIFY.replace('perl-base ', ''), 300), '');
  await checkWrite(t, shell);
  await checkShutdown(t, { ...live, asksForDisc: true });
});
