import { SnapdiscError } from '../errors.js';
import type { DiscReads, TimedRead } from './read-log.js';

/**
 * What a drive was asked for on a real machine: the kernel's trace event `block_rq_issue`
 * (include/trace/events/block.h), in its log (`tp_printk`, what `live.trace` records) or in a file of
 * tracefs; seconds from the kernel's start. docs/optical.md has an example. Pure.
 */

/**
 * `11,0 R 4096 () 264 + 8`: device, kind, bytes, SCSI command, first 512-byte sector, sectors. Between the time and
 * the event some kernels name the thread.
 */
const REQUEST =
  /(\d{1,9}\.\d{1,9})(?:\](?:\[ *[TC]\d{1,9}\])?|:) block_rq_issue: (\d{1,4}),(\d{1,7}) (\S{1,8}) \d+ \([^)]*\) (\d{1,13}) \+ (\d{1,7})(?: |$)/;
/**
 * Which device the disc was, the UUID of its root image, that one's first 512-byte sector, unless it lay elsewhere
 * than the builder had put it, and the disc's own first sector, where it lay in a partition
 * (init-templates/initrd/lib/live/sweep.sh).
 */
const DISC =
  /^live: trace of (\d{1,4}:\d{1,7}) ([0-9a-f]{32})(?: (\d{1,11}))?(?: from (\d{1,11}))?\s*$/;
const SECTOR = 512;

export function isKernelTrace(text: string): boolean {
  return text.includes(' block_rq_issue: ');
}

/**
 * The reads of the disc. Where the init has not told which device that was, it is the only one that was read.
 * @throws SnapdiscError `usage.read-log`
 */
export function parseKernelTrace(text: string): DiscReads {
  const devices = new Map<string, TimedRead[]>();
  let told:
    | { readonly device: string; readonly start: number; readonly disc: DiscReads['disc'] }
    | undefined;
  for (const line of text.split('\n')) {
    const [, device, uuid = '', rootSector, start = 0] = DISC.exec(line) ?? [];
    if (device !== undefined) {
      const place = rootSector === undefined ? {} : { rootStart: Number(rootSector) * SECTOR };
      told = { device, start: Number(start) * SECTOR, disc: { uuid, ...place } };
    }
    const [, time, major, minor, kind = '', sector, count] = REQUEST.exec(line) ?? [];
    // Commands that carry no data, such as questions whether a disc is in the drive, are "N".
    if (!kind.startsWith('R') || Number(count) === 0) continue;
    const name = `${major}:${minor}`;
    const reads = devices.get(name) ?? [];
    const [offset, length] = [Number(sector) * SECTOR, Number(count) * SECTOR];
    reads.push({ time: Number(time), offset, length });
    devices.set(name, reads);
  }
  const device = told?.device ?? onlyOne([...devices.keys()]);
  const reads = devices.get(device);
  if (reads === undefined) throw noTrace(`nothing was read of the disc, device ${device}`);
  const { start, disc } = told ?? { start: 0, disc: {} };
  const onDisc = reads.filter(({ offset }) => offset >= start);
  return { reads: onDisc.map((read) => ({ ...read, offset: read.offset - start })), disc };
}

function onlyOne(devices: readonly string[]): string {
  const [device] = devices;
  if (device === undefined) throw noTrace('nothing was read of any drive');
  if (devices.length === 1) return device;
  throw noTrace(
    `several drives were read (${devices.join(', ')}), and it does not say which had the disc`,
  );
}

function noTrace(reason: string): SnapdiscError {
  return new SnapdiscError('usage.read-log', `The kernel's trace is of no use: ${reason}.`, {
    hint: 'Choose "Record what the boot reads" in the boot menu, and take the whole of /run/live/boot.trace.',
  });
}
