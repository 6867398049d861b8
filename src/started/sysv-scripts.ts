import type { ByteString } from '../bytes.js';
import { type Directory, lookup, realPath } from '../rootfs/tree.js';
import type { UnitFiles } from './unit-files.js';

/** Of one runlevel. */
const MAX_SCRIPTS = 1024;

/**
 * The init scripts that are run: those of the links that begin with S, in their order. systemd takes one that has no
 * unit, and none of rcS.d. Source: init(8), inittab(5); systemd-sysv-generator(8).
 */
export function sysvScripts(root: Directory, { byName }: UnitFiles): ByteString[] {
  const isSystemd = realPath(root, 'sbin/init')?.endsWith('/systemd') === true;
  const scripts = (isSystemd ? ['rc2.d'] : ['rcS.d', 'rc2.d']).flatMap((folder) => {
    const inode = lookup(root, `etc/${folder}`);
    const names = inode?.kind === 'directory' ? [...inode.entries.keys()].sort() : [];
    return names
      .filter((name) => name.startsWith('S'))
      .slice(0, MAX_SCRIPTS)
      .flatMap((name) => realPath(root, `etc/${folder}/${name}`) ?? []);
  });
  return [...new Set(scripts)].filter((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.sh$/, '');
    const unit = byName.get(`${name}.service`);
    return !isSystemd || unit === undefined || (unit.own === undefined && !unit.isMasked);
  });
}
