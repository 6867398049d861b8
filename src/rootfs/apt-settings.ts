import { bytesOf } from '../bytes.js';
import { writeTreeFile } from './login/tree-files.js';
import { type Directory, lookup } from './tree.js';

const FOLDER = 'etc/apt/apt.conf.d';

/** apt.conf(5). Indexes stay compressed, a quarter of their size. */
const SETTINGS = `// Of a live CD: what is written takes memory until the machine is switched off.
APT::Keep-Downloaded-Packages "false";
Acquire::GzipIndexes "true";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
`;

/**
 * Has apt keep neither downloaded packages nor caches that it can do without. On the disc, because a
 * file that is made at boot takes memory itself.
 * @throws SnapdiscError `rootfs.path`
 */
export function addAptSettings(root: Directory): void {
  if (lookup(root, FOLDER)?.kind !== 'directory') return;
  writeTreeFile(root, `${FOLDER}/90live-cd`, bytesOf(SETTINGS));
}
