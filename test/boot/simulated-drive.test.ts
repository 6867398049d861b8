import test from 'ava';
import { insertDisc } from '../../src/optical/insert-disc.js';
import { placeOf } from './bad-drive.js';
import { checkRoot, checkWrite } from './facts.js';
import { liveIso } from './live-iso.js';
import { bootLive, type Cell } from './live-machine.js';

const CELL: Cell = {
  ...{ arch: 'i386', cpu: 'pentium3', drive: 'ide', origin: 'direct', cow: 'zram' },
  parameters: 'live.eject=no',
};
/** Nothing that runs needs it. */
const VICTIM = '/usr/bin/perl';
const BLOCK = 300;

test('Linux in the simulated drive: as slow as the model, with a bad sector, and without its disc', async (t) => {
  const iso = await liveIso('i386');
  const { at, size } = await placeOf(iso, VICTIM, BLOCK);
  const bad = { bad: [{ start: at, end: at + size }] };
  const { drive, disc, remove } = await insertDisc(iso, { delays: true, faults: bad });
  t.teardown(remove);
  const begun = drive.seconds;
  const { shell } = await bootLive(t, { ...CELL, ...disc });
  // One head: what it does takes its time, one after the other.
  const { headMoves, seconds } = drive.totals;
  t.log(`${headMoves} moves, ${seconds.toFixed(1)} modelled of ${drive.seconds.toFixed(1)} s`);
  t.true(headMoves > 5 && seconds > 5 && drive.seconds - begun > seconds * 0.95);
  await checkRoot(t, shell);

  const reading = `echo 3 >/proc/sys/vm/drop_caches; cat ${VICTIM} >/dev/null`;
  const scratched = await shell.run(reading, 120);
  t.not(scratched.status, 0);
  t.regex(scratched.output, /Input\/output error/);
  const failed = drive.log.filter((read) => read.failed);
  t.true(failed.length > 0);
  t.true(
    failed.every(({ offset, length }) => offset < at + size && at < offset + length),
    'nothing else fails',
  );
  await checkWrite(t, shell);

  drive.faults = { pulled: true };
  t.not((await shell.run('cat /usr/bin/dpkg >/dev/null', 120)).status, 0);
  drive.faults = {};
  t.is((await shell.run(`cat ${VICTIM} /usr/bin/dpkg >/dev/null`, 120)).status, 0);
});
