import { type ProfileEntry, profileOf } from '../src/profile/profile.js';
import { readProfile, writeProfile } from '../src/profile/profile-files.js';
import { openSource } from '../src/rootfs/open-source.js';
import { walk } from '../src/rootfs/tree.js';

/**
 * Makes one of profiles/ from a profile that was recorded of a plain disc:
 * `npx tsx scripts/default-profile.ts ROOTFS RECORDED OUTPUT`. Left out are the disc's own files, and of the
 * inodes, which come by the sector, those of files with contents: who reads these is in the profile anyway.
 */
const [rootfs = '', recorded = '', output = ''] = process.argv.slice(2);
const source = await openSource(rootfs);
try {
  const withContents = new Set<string>();
  for (const { path, inode } of walk(source.root)) {
    if (inode.kind === 'file' && inode.size > 0) withContents.add(path);
  }
  const { entries } = await readProfile(recorded);
  const read = new Set(entries.filter(({ kind }) => kind === 'directory').map(({ path }) => path));
  const isKept = ({ kind, path }: ProfileEntry) => {
    if (kind !== 'inode') return kind !== 'disc';
    return !withContents.has(path) && read.has(path.slice(0, Math.max(path.lastIndexOf('/'), 0)));
  };
  await writeProfile(output, profileOf(entries.filter(isKept)));
} finally {
  await source.close();
}
