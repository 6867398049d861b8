import { access, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { converse, run } from '../../src/process.js';
import { scratchFolder } from './iso-parts.js';

const NBDKIT = { program: 'nbdkit', purpose: 'is a bad drive', debianPackage: 'nbdkit' };
const XORRISO = { program: 'xorriso', purpose: 'finds files on a disc', debianPackage: 'xorriso' };
const DEBUGFS = {
  program: 'debugfs',
  purpose: 'finds files in images',
  debianPackage: 'e2fsprogs',
};

const ISO_BLOCK = 2048;
const EXT2_BLOCK = 4096;
const SECONDS_TO_START = 20;

/** A place on a disc, in bytes. */
export interface Place {
  readonly at: number;
  readonly size: number;
}

export interface BadDrive {
  readonly nbdSocket: string;
  /** Whether, from now on, `percent` of all reads fail. */
  failNowAndThen(does: boolean): Promise<void>;
}

/** First byte of a file on the disc. */
export async function startOf(iso: string, path: string): Promise<number> {
  const report = await run(XORRISO, ['-indev', iso, '-find', path, '-exec', 'report_lba']);
  return Number(/File data lba:\s*\d+\s*,\s*(\d+)/.exec(report.toString())?.[1]) * ISO_BLOCK;
}

/** Where block `block` of a file of the root image lies on the disc. */
export async function placeOf(iso: string, file: string, block: number): Promise<Place> {
  const root = await startOf(iso, '/live/root.img');
  const image = `${iso}?offset=${root}`;
  const found = (await run(DEBUGFS, ['-c', '-R', `bmap ${file} ${block}`, image])).toString();
  const at = Number(found.trim());
  if (!Number.isInteger(at) || at === 0) throw new Error(`no block ${block} in ${file}: ${found}`);
  return { at: root + at * EXT2_BLOCK, size: EXT2_BLOCK };
}

interface Badness {
  /** What can never be read. */
  readonly scratches?: readonly Place[];
  /** Of all reads, at random, when told to. Default none. */
  readonly percent?: number;
  /** Before each read. Default none. */
  readonly readDelayMs?: number;
}

/** Serves `iso` as a bad drive would, until the test ends. */
export async function badDrive(
  t: ExecutionContext,
  iso: string,
  { scratches = [], percent = 0, readDelayMs = 0 }: Badness,
): Promise<BadDrive> {
  const folder = await scratchFolder(t);
  const [nbdSocket, map, trigger] = [
    join(folder, 'socket'),
    join(folder, 'map'),
    join(folder, 'f'),
  ];
  await writeFile(map, ddrescueMap((await stat(iso)).size, scratches));
  const server = converse(NBDKIT, [
    ...['--foreground', '--exit-with-parent', '--readonly', '--unix', nbdSocket],
    ...['--filter=delay', '--filter=error', '--filter=ddrescue', 'file', iso],
    ...[`delay-read=${readDelayMs}ms`, `ddrescue-mapfile=${map}`],
    ...[`error-pread-rate=${percent}%`, `error-file=${trigger}`],
  ]);
  t.teardown(async () => {
    server.kill();
    await server;
  });
  for (let waited = 0; waited < SECONDS_TO_START; waited += 0.1) {
    const ready = await access(nbdSocket).then(
      () => true,
      () => false,
    );
    if (ready) {
      const failNowAndThen = (does: boolean) =>
        does ? writeFile(trigger, '') : rm(trigger, { force: true });
      return { nbdSocket, failNowAndThen };
    }
    await setTimeout(100);
  }
  throw new Error(`nbdkit does not serve ${iso}`);
}

/** The log of a ddrescue(1) that could not read the scratches: position, size, "+" or "-". */
function ddrescueMap(whole: number, scratches: readonly Place[]): string {
  const places: [number, number, string][] = [];
  let end = 0;
  for (const { at, size } of [...scratches].sort((a, b) => a.at - b.at)) {
    places.push([end, at - end, '+'], [at, size, '-']);
    end = at + size;
  }
  places.push([end, whole - end, '+']);
  const hex = (value: number) => `0x${value.toString(16)}`;
  const lines = places
    .filter(([, length]) => length > 0)
    .map(([from, length, how]) => `${hex(from)} ${hex(length)} ${how}`);
  return `${[`${hex(whole)} +`, ...lines].join('\n')}\n`;
}
