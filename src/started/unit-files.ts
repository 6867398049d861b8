import type { ByteString } from '../bytes.js';
import { sourceView } from '../initrd/root-view.js';
import type { Source } from '../rootfs/source.js';
import { type Directory, lookup, realPath } from '../rootfs/tree.js';
import { KIB, MIB } from '../units.js';
import { parseUnit, type UnitFile } from './unit-file.js';

/** What the folders of units have under one name. */
export interface NamedUnit {
  /** Where the unit's file really is; undefined where there is none. */
  readonly own?: ByteString;
  /** A link to /dev/null, or an empty file, stands in for it: it is not started. */
  readonly isMasked: boolean;
  readonly dropIns: readonly ByteString[];
  /** Names of units that are linked to it: it starts them, too. */
  readonly linked: readonly ByteString[];
}

/** All unit files of a root filesystem. */
export interface UnitFiles {
  readonly byName: ReadonlyMap<ByteString, NamedUnit>;
  /** By the path a file really has. */
  readonly contents: ReadonlyMap<ByteString, UnitFile>;
}

/** Where systemd looks, the first before the others. Source: systemd.unit(5), "UNIT FILE LOAD PATH". */
const UNIT_FOLDERS: readonly ByteString[] = [
  'etc/systemd/system',
  'usr/local/lib/systemd/system',
  'usr/lib/systemd/system',
  'lib/systemd/system',
];
const BESIDE = /^(.+)\.(wants|requires|upholds|d)$/;
const NAME = /^[\w:.@\\-]{1,255}$/;

/** Units, links or drop-ins of one, and bytes of all files: many times what a system has. */
const MAX_NAMES = 16_384;
const MAX_BESIDE = 1024;
const MAX_UNIT = 64 * KIB;
const MAX_BYTES = 16 * MIB;

/** Reads them together, since a compressed archive may have to be read through for what it did not keep. */
export async function readUnitFiles(source: Source): Promise<UnitFiles> {
  const byName = indexOf(source.root);
  const paths = new Set<ByteString>();
  let bytes = 0;
  for (const { own, dropIns } of byName.values()) {
    for (const path of own === undefined ? dropIns : [own, ...dropIns]) {
      const inode = lookup(source.root, path);
      if (inode?.kind !== 'file' || inode.size > MAX_UNIT || paths.has(path)) continue;
      bytes += inode.size;
      if (bytes <= MAX_BYTES) paths.add(path);
    }
  }
  const contents = new Map<ByteString, UnitFile>();
  for (const [path, content] of await sourceView(source).read([...paths]))
    contents.set(path, parseUnit(content));
  return { byName, contents };
}

function indexOf(root: Directory): Map<ByteString, NamedUnit> {
  const units = new Map<
    ByteString,
    { own?: ByteString; isMasked: boolean; dropIns: ByteString[]; linked: ByteString[] }
  >();
  const unit = (name: ByteString) => {
    const known = units.get(name) ?? { isMasked: false, dropIns: [], linked: [] };
    units.set(name, known);
    return known;
  };
  let left = MAX_NAMES;
  const seen = new Set<Directory>();
  for (const top of UNIT_FOLDERS) {
    const folder = lookup(root, top);
    // With a merged /usr, /lib is the same once more.
    if (folder?.kind !== 'directory' || seen.has(folder)) continue;
    seen.add(folder);
    for (const name of [...folder.entries.keys()].sort()) {
      if (left-- <= 0) return units;
      const [, of = '', kind] = BESIDE.exec(name) ?? [];
      const path = `${top}/${name}`;
      if (kind === undefined) {
        const known = unit(name);
        if (known.own !== undefined || known.isMasked || !NAME.test(name)) continue;
        const real = realPath(root, path);
        const inode = real === undefined ? undefined : lookup(root, real);
        if (inode?.kind === 'file' && inode.size > 0 && real !== 'dev/null') known.own = real ?? '';
        else if (inode?.kind !== 'directory') known.isMasked = true;
        continue;
      }
      const beside = lookup(root, path);
      if (beside?.kind !== 'directory') continue;
      for (const each of [...beside.entries.keys()].sort().slice(0, MAX_BESIDE)) {
        if (kind !== 'd') unit(of).linked.push(each);
        else if (each.endsWith('.conf')) {
          const real = realPath(root, `${path}/${each}`);
          if (real !== undefined) unit(of).dropIns.push(real);
        }
      }
    }
  }
  return units;
}
