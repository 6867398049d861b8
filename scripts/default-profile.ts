import { type Profile, type ProfileEntry, profileOf } from '../src/profile/profile.js';
import { readProfile, writeProfile } from '../src/profile/profile-files.js';
import { READ_TOGETHER, united } from '../src/profile/read-ahead.js';
import { openSource } from '../src/rootfs/open-source.js';
import { walk } from '../src/rootfs/tree.js';

/**
 * Makes one of profiles/ from profiles that were recorded of discs of these systems:
 * `npx tsx scripts/default-profile.ts OUTPUT ROOTFS RECORDED [ROOTFS RECORDED...]`. What only a later one reads
 * lies behind all of the earlier ones, since small machines sweep no more than the first part.
 */
const [output = '', ...pairs] = process.argv.slice(2);
const entries: ProfileEntry[] = [];
for (let index = 0; index < pairs.length; index += 2) {
  const [rootfs = '', recorded = ''] = pairs.slice(index, index + 2);
  const behind = entries.at(-1)?.milliseconds ?? 0;
  for (const entry of (await stripped(rootfs, recorded)).entries) {
    entries.push({ ...entry, milliseconds: entry.milliseconds + behind });
  }
}
await writeProfile(output, profileOf(whatEachFileNeeds(entries)));

/** With what is read ahead of it, data is laid out file by file: one line has what comes together then. */
function whatEachFileNeeds(all: readonly ProfileEntry[]): ProfileEntry[] {
  const data = all.filter(({ kind }) => kind === 'data');
  const others = all.filter(({ kind }) => kind !== 'data');
  const needed = new Map<string, { milliseconds: number; first: number; end: number }[]>();
  for (const { path, milliseconds, first, count } of data) {
    const ofFile = needed.get(path) ?? [];
    needed.set(path, ofFile);
    ofFile.push({
      milliseconds: ofFile[0]?.milliseconds ?? milliseconds,
      first,
      end: first + count,
    });
  }
  const files = [...needed].flatMap(([path, ranges]) =>
    united(ranges, READ_TOGETHER).map(({ milliseconds, first, end }): ProfileEntry => {
      return { kind: 'data', path, milliseconds, first, count: end - first };
    }),
  );
  return [...others, ...files];
}

/**
 * Without the disc's own files, and of the inodes, which come by the sector, those of files with contents: who reads
 * these is in the profile anyway.
 */
async function stripped(rootfs: string, recorded: string): Promise<Profile> {
  const source = await openSource(rootfs);
  try {
    const withContents = new Set<string>();
    for (const { path, inode } of walk(source.root)) {
      if (inode.kind === 'file' && inode.size > 0) withContents.add(path);
    }
    const { entries: all } = await readProfile(recorded);
    const read = new Set(all.filter(({ kind }) => kind === 'directory').map(({ path }) => path));
    const isKept = ({ kind, path }: ProfileEntry) => {
      if (kind !== 'inode') return kind !== 'disc';
      const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
      return !withContents.has(path) && read.has(folder);
    };
    return profileOf(all.filter(isKept));
  } finally {
    await source.close();
  }
}
