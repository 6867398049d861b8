import test from 'ava';
import { badDrive, placeOf } from './bad-drive.js';
import { checkRoot, checkShutdown, checkWrite } from './facts.js';
import { liveIso } from './live-iso.js';
import { bootLive, type Cell } from './live-machine.js';

const CELL: Cell = {
  arch: 'i386',
  cpu: 'pentium3',
  drive: 'ide',
  origin: 'direct',
  cow: 'zram',
  entry: 'Safe video',
  parameters: 'live.eject=no',
};
/** Nothing that runs needs it: /usr/bin/perl. */
const VICTIM = '/usr/bin/perl';
const BLOCK = 300;

test('a scratch kills what needs it and nothing else', async (t) => {
  const iso = await liveIso('i386');
  const drive = await badDrive(t, iso, {
    scratches: [await placeOf(iso, VICTIM, BLOCK)],
    percent: 3,
  });
  const live = await bootLive(t, { ...CELL, nbdSocket: drive.nbdSocket });
  const { machine, shell } = live;
  const parameters = await shell.output('cat /proc/cmdline');
  t.is(
    parameters.match(/\bnomodeset\b/g)?.length,
    2,
    "the entry's, and what is typed in every boot",
  );
  // A stand-in for a program that slows the drive down, which Debian's smallest system has not.
  const asked = '/run/hdparm.asked';
  const standIn = `#!/bin/sh\\necho "$@" >>${asked}\\n`;
  await shell.output(
    `printf '${standIn}' >/usr/local/sbin/hdparm; chmod +x /usr/local/sbin/hdparm`,
  );

  const read = await shell.run(`cat ${VICTIM} | wc -c; ${VICTIM} -v; cat ${VICTIM} >/dev/null`);
  t.not(read.status, 0);
  t.regex(read.output, /Input\/output error/);
  // The guard puts its retries in place last.
  const origin = 'dmsetup deps -o devname live-origin';
  const wait = `for i in $(seq 40); do ${origin} | grep -q md_live && break; sleep 1; done`;
  t.regex(await shell.output(`${wait}; ${origin}`, 120), /\(md_live\)/);
  const messages = machine.console.transcript.match(/live: The disc cannot be read everywhere/g);
  t.is(messages?.length, 1);
  t.is(await shell.output(`cat ${asked}`), '-E 8 /dev/sr0');

  const valid = /^0 \d+ snapshot \d+\/\d+ \d+$/;
  const status = () => shell.output('dmsetup status live-root');
  t.regex(await status(), valid);
  await checkRoot(t, shell);
  await checkWrite(t, shell);
  t.is(
    (await shell.run('for each in /usr/bin/dpkg /bin/ls /bin/bash; do $each --version; done'))
      .status,
    0,
  );

  // Three of a hundred reads fail: from now on nobody hears of it.
  t.regex(await shell.output('cat /proc/mdstat'), /active \(read-only\) raid1 /);
  await drive.failNowAndThen(true);
  const failed =
    'bad=0; for file in $(find /usr/bin /usr/lib/i386-linux-gnu -type f ! -name "perl*"); do';
  const reading = `${failed} cat $file >/dev/null || bad=$((bad + 1)); done; echo $bad`;
  await shell.output('dmesg --clear; echo 3 >/proc/sys/vm/drop_caches');
  t.is(await shell.output(reading, 180), '0');
  await drive.failNowAndThen(false);
  const errors = await shell.output('dmesg | grep -c "redirecting sector"');
  t.true(Number(errors) >= 3, `the kernel tried again ${errors} times or more`);

  // A block that is written whole needs no copy of what was there: the scratch is gone.
  await shell.output(
    `dd if=/dev/zero of=${VICTIM} bs=4096 seek=${BLOCK} count=1 conv=notrunc,fsync`,
  );
  t.regex(await status(), valid);
  await shell.output(`echo 3 >/proc/sys/vm/drop_caches; cat ${VICTIM} >/dev/null`);

  await checkShutdown(t, live);
});
