import type { ByteString } from '../bytes.js';
import type { Source } from '../rootfs/source.js';
import { lookup, realPath } from '../rootfs/tree.js';
import { hasUnit } from './started-units.js';

/**
 * The init scripts that are run: those of the links that begin with S, in their order. systemd takes one that has no
 * unit, and none of rcS.d. Source: init(8), inittab(5); systemd-sysv-generator(8).
 */
export function sysvScripts(source: Source): ByteString[] {
  const { root } = source;
  const isSystemd = realPath(root, 'sbin/init')?.endsWith('/systemd') === true;
  const scripts = (isSystemd ? ['rc2.d'] : ['rcS.d', 'rc2.d']).flatMap((folder) => {
    const inode = lookup(root, `etc/${folder}`);
    const names = inode?.kind === 'directory' ? [...inode.entries.keys()].sort() : [];
    return names
      .filter((name) => name.startsWith('S'))
      .flatMap((name) => realPath(root, `etc/${folder}/${name}`) ?? []);
  });
  return [...new Set(scripts)].filter((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.sh$/, '');
    return !isSystemd || !hasUnit(source, `${name}.service`);
  });
}
