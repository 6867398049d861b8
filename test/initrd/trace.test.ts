import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parseKernelTrace } from '../../src/optical/kernel-trace.js';
import { enterInitrd } from './helpers/host-initrd.js';

/** The first line of what live.trace records. */

const UUID = '00112233445566778899aabbccddeeff';
const REQUEST = '[    3.226455] block_rq_issue: 11,0 R 2048 () 21792 + 4 [dd]';

/** Below /sys. */
const DEVICES: Readonly<Record<string, string>> = {
  'devices/sr0/dev': '11:0\n',
  'devices/dm-0/dev': '253:0\n',
  'devices/dm-0/dm/name': 'ventoy\n',
  'devices/sdb/dev': '8:16\n',
  'devices/sdb/sdb1/dev': '8:17\n',
  'devices/sdb/sdb1/partition': '1\n',
  'devices/sdb/sdb1/start': '2048\n',
};

/** What begin_trace makes of a disc in sr0; undefined where this machine lacks something. */
async function traceOf(t: ExecutionContext, settings: string): Promise<string | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  for (const [name, content] of Object.entries(DEVICES)) {
    await mkdir(join(top, 'sys', dirname(name)), { recursive: true });
    await writeFile(join(top, 'sys', name), content);
  }
  await mkdir(join(top, 'sys/class/block'), { recursive: true });
  for (const name of ['sr0', 'dm-0', 'sdb', 'sdb/sdb1']) {
    await symlink(`../../devices/${name}`, join(top, 'sys/class/block', basename(name)));
  }
  await mkdir(join(top, 'sys/class/tty/console'), { recursive: true });
  await writeFile(join(top, 'sys/class/tty/console/active'), 'one\n');
  const lines = await shell.lines(`
for file in console settings sweep; do . /lib/live/$file.sh; done
COMMAND_LINE='quiet live.trace trace_event=block:block_rq_issue tp_printk' live_trace=yes
DISC=/dev/sr0 UUID=${UUID} ROOT_SECTOR=21792 COMPRESSION=none
warn() { echo "warning: $*"; }
${settings}
begin_trace
echo "$TRACE"`);
  return lines.join('\n');
}

test('a trace names its drive, its disc, and where the root image lies on it', async (t) => {
  const trace = await traceOf(t, 'DIRECT=1');
  if (trace === undefined) return;
  t.is(trace, `live: trace of 11:0 ${UUID} 21792`);
  const { disc } = parseKernelTrace(`${trace}\n${REQUEST}\n`);
  t.deepEqual(disc, { uuid: UUID, rootStart: 21_792 * 512 });
});

test('where the root image is not where it was built to be, no place is told', async (t) => {
  const trace = await traceOf(t, 'DIRECT=');
  if (trace === undefined) return;
  t.is(trace, `live: trace of 11:0 ${UUID}`);
  t.deepEqual(parseKernelTrace(`${trace}\n${REQUEST}\n`).disc, { uuid: UUID });
});

test('of a disc in a partition the kernel tells the sectors of the drive', async (t) => {
  const trace = await traceOf(t, 'DIRECT=1 DISC=/dev/sdb1');
  if (trace === undefined) return;
  t.is(trace, `live: trace of 8:16 ${UUID} 21792 from 2048`);
  const requests = ['8,16 R 2048 () 23840 + 4', '8,16 R 512 () 0 + 1', '11,0 R 512 () 0 + 1'].map(
    (request) => `[    3.5][   T41] block_rq_issue: ${request} [dd]`,
  );
  t.deepEqual(parseKernelTrace([trace, ...requests].join('\n')), {
    reads: [{ time: 3.5, offset: 21_792 * 512, length: 2048 }],
    disc: { uuid: UUID, rootStart: 21_792 * 512 },
  });
});

test('what would record nothing is told at once', async (t) => {
  for (const [settings, told] of [
    ['COMMAND_LINE="live.trace trace_event=block:block_rq_issue"', /more parameters/],
    ['COMMAND_LINE="live.trace tp_printk"', /more parameters/],
    ['COMPRESSION=squashfs', /this disc is compressed/],
    ['DISC=/dev/dm-0', /another program has mapped the disc/],
  ] as const) {
    const trace = await traceOf(t, `DIRECT=1 ${settings}`);
    if (trace === undefined) return;
    t.regex(trace, /^warning: live\.trace records nothing: [^\n]*\n$/, settings);
    t.regex(trace, told);
  }
});

test('a boot that is not recorded has no trace', async (t) => {
  const trace = await traceOf(t, 'live_trace=no DIRECT=1');
  if (trace !== undefined) t.is(trace, '');
});
