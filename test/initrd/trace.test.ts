import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parseKernelTrace } from '../../src/optical/kernel-trace.js';
import { enterInitrd } from './helpers/host-initrd.js';

/** The first line of what live.trace records. */

const UUID = '00112233445566778899aabbccddeeff';
const REQUEST = '[    3.226455] block_rq_issue: 11,0 R 2048 () 21792 + 4 [dd]';

/** What begin_trace makes of a disc in sr0; undefined where this machine lacks something. */
async function traceOf(t: ExecutionContext, settings: string): Promise<string | undefined> {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return undefined;
  const { top, shell } = initrd;
  await mkdir(join(top, 'sys/class/block/sr0'), { recursive: true });
  await writeFile(join(top, 'sys/class/block/sr0/dev'), '11:0\n');
  const lines = await shell.lines(`
for file in console settings sweep; do . /lib/live/$file.sh; done
COMMAND_LINE='quiet live.trace trace_event=block:block_rq_issue tp_printk' live_trace=yes
DISC=/dev/sr0 UUID=${UUID} ROOT_SECTOR=21792
${settings}
begin_trace
echo "$TRACE"`);
  return lines.join('\n');
}

test('a trace names its drive, its disc, and where the root image lies on it', async (t) => {
  const trace = await traceOf(t, 'DIRECT=1');
  if (trace === undefined) return;
  t.is(trace, `live: trace of 11:0 ${UUID} 21792`);
  t.like(parseKernelTrace(`${trace}\n${REQUEST}\n`), { uuid: UUID, rootStart: 21_792 * 512 });
});

test('where the root image is not where it was built to be, no place is told', async (t) => {
  const trace = await traceOf(t, 'DIRECT=');
  if (trace === undefined) return;
  t.is(trace, `live: trace of 11:0 ${UUID}`);
  t.like(parseKernelTrace(`${trace}\n${REQUEST}\n`), { uuid: UUID, rootStart: undefined });
});

test('a boot that is not recorded has no trace', async (t) => {
  const trace = await traceOf(t, 'live_trace=no DIRECT=1');
  if (trace !== undefined) t.is(trace, '');
});
