import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { converse, run } from '../../src/process.js';

const NBDKIT = { program: 'nbdkit', purpose: 'is a bad drive', debianPackage: 'nbdkit' };
const XORRISO = { program: 'xorriso', purpose: 'finds files on a disc', debianPackage: 'xorriso' };
const DEBUGFS = {
  program: 'debugfs',
  purpose: 'finds files in images',
  debianPackage: 'e2fsprogs',
};

const ISO_BLOCK = 2048;
const EXT2_BLOCK = 4096;

/** A place on a disc, in bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

export interface BadDrive {
  readonly nbdSocket: string;
  /** From now on, one of so many reads fails, or none. */
  failNowAndThen(does: boolean): Promise<void>;
}

/** Where block `block` of a file of the root image lies on the disc. */
export async function placeOf(iso: string, file: string, block: number): Promise<Place> {
  const find = ['-find', '/live/root.img', '-exec', 'report_lba'];
  const report = (await run(XORRISO, ['-indev', iso, ...find])).toString();
  const root = Number(/File data lba:\s*\d+\s*,\s*(\d+)/.exec(report)?.[1]) * ISO_BLOCK;
  const image = `${iso}?offset=${root}`;
  const found = (await run(DEBUGFS, ['-c', '-R', `bmap ${file} ${block}`, image])).toString();
  const at = Number(found.trim());
  if (!Number.isInteger(at) || at === 0) throw new Error(`no block ${block} in ${file}: ${found}`);
  return { offset: root + at * EXT2_BLOCK, length: EXT2_BLOCK };
}

/** A drive that can never read `scratch`, and, when told to, fails `percent` of all reads at random. */
export async function badDrive(
  t: ExecutionContext,
  iso: string,
  scratch: Place,
  percent: number,
): Promise<BadDrive> {
  const folder = await mkdtemp(path.join(tmpdir(), 'snapdisc-test-'));
  const [nbdSocket, map, trigger] = ['socket', 'map', 'fails'].map((name) =>
    path.join(folder, name),
  );
  if (nbdSocket === undefined || map === undefined || trigger === undefined) throw new Error();
  // As ddrescue(1) describes discs that it could not read whole: "+" is good, "-" is bad.
  const end = scratch.offset + scratch.length;
  const lines = ['0 +', `0 ${scratch.offset} +`, `${scratch.offset} ${scratch.length} -`];
  await writeFile(map, `${[...lines, `${end} ${2 ** 40} +`].join('\n')}\n`);
  const server = converse(NBDKIT, [
    ...['--foreground', '--exit-with-parent', '--readonly', '--unix', nbdSocket],
    ...['--filter=error', '--filter=ddrescue', 'file', iso, `ddrescue-mapfile=${map}`],
    ...[`error-pread-rate=${percent}%`, `error-file=${trigger}`],
  ]);
  t.teardown(async () => {
    server.kill();
    await server;
    await rm(folder, { recursive: true, force: true });
  });
  while (
    await access(nbdSocket).then(
      () => false,
      () => true,
    )
  )
    await setTimeout(100);
  return {
    nbdSocket,
    failNowAndThen: (does) => (does ? writeFile(trigger, '') : rm(trigger, { force: true })),
  };
}
