import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { run } from '../../../src/process.js';
import { whileMounted } from '../../ext2/mount.js';
import { PARTITIONS } from './drives.js';
import { type ExpectedFile, fileContent, syncedFiles } from './marks.js';
import type { PowerCut } from './power-cut.js';
import { CHUNK, storedChunks } from './snapshot-store.js';
import type { DriveEvent } from './write-log.js';

const SH = { program: 'sh', purpose: 'judges', debianPackage: 'e2fsprogs' };
const XORRISO = { program: 'xorriso', purpose: 'takes files off', debianPackage: 'xorriso' };

/** The initrd of a disc. */
export async function initrdOf(iso: string, scratch: string): Promise<Buffer> {
  const initrd = join(scratch, 'initrd');
  const take = ['-extract', '/live/initrd.img', initrd];
  await run(XORRISO, ['-osirrox', 'on', '-indev', iso, ...take]);
  return readFile(initrd);
}

export interface JudgeOptions {
  readonly events: readonly DriveEvent[];
  /** The origin as a file; it is changed, and put back, for each cut. */
  readonly origin: string;
  /** A folder for files of the judge. */
  readonly scratch: string;
  /** Where the writer's files are, in the guest. */
  readonly folder: string;
}

export interface Verdict {
  readonly problems: readonly string[];
  /** How many files were compared. */
  readonly files: number;
  /** This machine's kernel has mounted it, and read the files, too. */
  readonly mounted: boolean;
}

/**
 * Judges cuts: repairs the file system as it was after each, and compares what was synced, as debugfs and,
 * where anything can be mounted, the kernel read it.
 */
export function cutJudge(
  t: ExecutionContext,
  { events, origin, scratch, folder }: JudgeOptions,
): (cut: PowerCut) => Promise<Verdict> {
  const file = (name: string) => join(scratch, name);
  let mountable = true;
  return async ({ at, drive }: PowerCut): Promise<Verdict> => {
    const problems: string[] = [];
    const { from, to } = PARTITIONS.store;
    const chunks = storedChunks(drive.subarray(from + CHUNK, to));
    const original = await exchange(origin, chunks);
    await rm(file('undo'), { force: true });
    const check = 'e2fsck -fy -z "$2" "$1" >"$3" 2>&1; echo $?';
    const status = await run(SH, ['-c', check, 'sh', origin, file('undo'), file('said')]);
    const said = await readFile(file('said'), 'utf8');
    if (!['0\n', '1\n'].includes(status.toString())) problems.push(`e2fsck: ${status} ${said}`);

    const expected = syncedFiles(events, at, PARTITIONS.marks);
    const requests = expected.map(({ name }) => `dump ${folder}/${name} ${file(name)}`).join('\n');
    await writeFile(file('requests'), `${requests}\n`);
    await run(SH, ['-c', 'debugfs -f "$2" "$1" 2>&1', 'sh', origin, file('requests')]);
    const compare = async (from: string, reader: string) => {
      for (const each of await lost(expected, from)) problems.push(`${reader}: ${each}; ${said}`);
    };
    await compare(scratch, 'debugfs');
    for (const { name } of expected) await rm(file(name), { force: true });
    // Where nothing can be mounted once, nothing can be 50 times.
    const mounted =
      mountable &&
      (await whileMounted(t, origin, 'ext4', (top) => compare(join(top, folder), 'the kernel')));
    mountable = mounted;

    await run(SH, ['-c', '[ ! -s "$2" ] || e2undo "$2" "$1"', 'sh', origin, file('undo')]);
    await exchange(origin, original);
    return { problems, files: expected.length, mounted };
  };
}

/** Which of the files in a folder are not what was synced. */
async function lost(expected: readonly ExpectedFile[], folder: string): Promise<string[]> {
  const differing: string[] = [];
  for (const { name, version, size } of expected) {
    const kept = await readFile(join(folder, name)).catch(() => Buffer.alloc(0));
    if (!kept.equals(fileContent(name, version, size)))
      differing.push(`${name} version ${version}, ${kept.length} of ${size} bytes`);
  }
  return differing;
}

/** Writes chunks to the file, and gives what was there. */
async function exchange(name: string, chunks: Map<number, Buffer>): Promise<Map<number, Buffer>> {
  const image = await open(name, 'r+');
  const before = new Map<number, Buffer>();
  try {
    for (const [chunk, data] of chunks) {
      const old = Buffer.alloc(CHUNK);
      await image.read(old, 0, CHUNK, chunk * CHUNK);
      before.set(chunk, old);
      await image.write(data, 0, CHUNK, chunk * CHUNK);
    }
  } finally {
    await image.close();
  }
  return before;
}
