import { readFile } from 'node:fs/promises';
import test from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { isKernelTrace, parseKernelTrace } from '../../src/optical/kernel-trace.js';
import { parseReadLog } from '../../src/optical/read-log.js';

const UUID = '00112233445566778899aabbccddeeff';
/** As Linux 6.1 writes it. */
const LOG = `live: trace of 11:0 ${UUID} 21792
[    3.226301] block_rq_issue: 11,0 N 24 (4a 01 00 00 10 00 00 00 18 00) 0 + 0 [kworker/0:1H]
[    3.226455] block_rq_issue: 11,0 R 2048 () 21792 + 4 [dd]
[    3.301222] block_rq_issue: 8,0 R 4096 () 0 + 8 [systemd-udevd]
[    3.401222] block_rq_issue: 8,0 WS 4096 () 64 + 8 [jbd2/sda1-8]
[   13.226455] block_rq_issue: 11,0 RA 131072 () 30000 + 256 [systemd]
`;

test('the reads of the disc, in bytes, are all that counts', (t) => {
  t.true(isKernelTrace(LOG));
  t.deepEqual(parseKernelTrace(LOG), {
    disc: { uuid: UUID, rootStart: 21_792 * 512 },
    reads: [
      { time: 3.226455, offset: 21792 * 512, length: 2048 },
      { time: 13.226455, offset: 30000 * 512, length: 131_072 },
    ],
  });
});

/**
 * One boot of a Debian 12 disc in QEMU, recorded twice, from the kernel's first read on: "Record what the boot
 * reads" in its menu, and the log of the simulated drive (`snapdisc run --drive-log`). Both are cut.
 */
const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

test('the kernel and the drive agree on what was read', async (t) => {
  const { reads } = parseKernelTrace(await fixture('boot.trace'));
  const places = (all: readonly { offset: number; length: number }[]) =>
    all.map(({ offset, length }) => [offset, length]);
  t.true(reads.length > 10);
  const log = parseReadLog(await fixture('drive.reads'));
  t.deepEqual(places(reads), places(log.reads));
});

test("raw kernel logs, files of tracefs and newer kernels' lines are understood", (t) => {
  const read = { time: 5.5, offset: 8 * 512, length: 4096 };
  const lines = [
    '<4>[    5.500000] block_rq_issue: 11,0 R 4096 () 8 + 8 [sh]',
    '     systemd-1       [000] d..1.     5.500000: block_rq_issue: 11,0 RM 4096 () 8 + 8 [systemd]',
    '[    5.500000] block_rq_issue: 11,0 R 4096 () 8 + 8 none,0,0 [a name] [b]\r',
  ];
  for (const line of lines) {
    const trace = { reads: [read], disc: {} };
    t.deepEqual(parseKernelTrace(`${line}\n`), trace, line);
  }
});

test('where the root image lay is told only of a disc that is as it was built', (t) => {
  const moved = LOG.replace(` 21792\n`, '\n');
  t.deepEqual(parseKernelTrace(moved).disc, { uuid: UUID });
  t.is(parseKernelTrace(moved).reads.length, 2);
});

test('a trace that does not tell which drive had the disc is refused', (t) => {
  const refused = (text: string, message: RegExp) =>
    t.throws(() => parseKernelTrace(text), { code: 'usage.read-log', message });
  const [told = '', ...rest] = LOG.split('\n');
  refused(rest.join('\n'), /several drives were read \(11:0, 8:0\)/);
  refused(`${told}\n`, /nothing was read of the disc, device 11:0/);
  refused('', /nothing was read of any drive/);
  refused(LOG.replaceAll('11,0 R', '11,0 W'), /nothing was read of the disc/);
  t.false(isKernelTrace('snapdisc-reads 1\n'));
});

test('anything at all is refused or gives reads', (t) => {
  const piece = fc.constantFrom(...LOG.split(/\b/), '\n', ' block_rq_issue: ', '99999999999999999');
  const refusesOrReads = fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
    try {
      const { reads } = parseKernelTrace(pieces.join(''));
      return reads.every(
        ({ time, offset, length }) =>
          Number.isFinite(time) && Number.isSafeInteger(offset) && length > 0,
      );
    } catch (error) {
      return error instanceof SnapdiscError;
    }
  });
  t.notThrows(() => fc.assert(refusesOrReads));
});
