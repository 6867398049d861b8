import test from 'ava';
import { openDiscImage } from '../../src/disc-image.js';
import { parseKernelTrace } from '../../src/optical/kernel-trace.js';
import { mapDisc } from '../../src/profile/disc-map.js';
import { profileFromReads } from '../../src/profile/from-reads.js';
import { checkHealth, checkRoot } from './facts.js';
import { liveIso, PLAIN } from './live-iso.js';
import { bootLive, type Cell } from './live-machine.js';

/** The menu's entry for machines that are no virtual ones: what they read, told by their kernel. */

const CELL: Cell = {
  ...{ arch: 'i386', drive: 'ide', origin: 'direct', memoryMiB: 128 },
  entry: 'Record what the boot reads',
};
/** What the first seconds read is in so many lines; a serial port is slow. */
const LINES = 800;
/** With a profile there is something to sweep, which a recording leaves out. */
const PROFILED = {
  ...PLAIN,
  name: '+hot',
  profile: 'snapdisc-profile 1\n0.000 data 0-9999 /usr/bin/perl\n',
};

test('what the menu has recorded is a profile of the disc', async (t) => {
  const iso = await liveIso(CELL.arch, PROFILED);
  const { shell, machine } = await bootLive(t, CELL, iso);
  t.notRegex(machine.console.transcript, /reading what the start needs|live\.trace needs more/);
  await shell.output('while [ -e /run/live/end-of-boot.pid ]; do sleep 1; done', 300);
  t.true(Number(await shell.output('grep -c block_rq_issue: /run/live/boot.trace')) > LINES);

  const text = await shell.output(`head -n ${LINES} /run/live/boot.trace`, 120);
  const { reads, disc } = parseKernelTrace(text.replaceAll('\r', ''));
  const image = await openDiscImage(iso);
  t.teardown(() => image.close());
  const map = await mapDisc(image.readAt);
  t.deepEqual(disc, { uuid: map.rootUuid, rootStart: map.rootStart });
  // The others are the drive's answers to questions.
  t.true(reads.length > LINES / 2, `${reads.length} reads`);
  const files = profileFromReads(reads, map).entries.filter(({ kind }) => kind === 'data');
  const names = new Set(files.map(({ path }) => path));
  t.true(names.has('usr/lib/systemd/systemd'), [...names].join(' '));
  t.false(names.has('usr/bin/perl'));
  await checkRoot(t, shell);
  await checkHealth(t, shell);
});
