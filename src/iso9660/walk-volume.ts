import type { ByteString } from '../bytes.js';
import type { IsoVolume, VolumeNode } from './volume.js';

/** Every name of a volume with its path: the root, '', first, parents before children, names in byte order. */
export function* walkVolume({ root }: IsoVolume): Generator<[ByteString, VolumeNode]> {
  // A stack of its own: hostile trees are deep.
  const pending: [ByteString, VolumeNode][] = [['', root]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    const [path, node] = next;
    if (node.kind !== 'directory') continue;
    const prefix = path === '' ? '' : `${path}/`;
    const names = [...node.entries].sort(([a], [b]) => (a < b ? 1 : -1));
    for (const [name, child] of names) pending.push([prefix + name, child]);
  }
}
