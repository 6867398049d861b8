import type { ByteString } from '../bytes.js';
import { type RootView, sourceView } from '../initrd/root-view.js';
import type { Source } from '../rootfs/source.js';
import { lookup } from '../rootfs/tree.js';
import { KIB } from '../units.js';
import { parseUnit } from './unit-file.js';

/** A unit that systemd starts when the system starts. */
export interface StartedUnit {
  /** `ssh.service`; an instance has its template's, too. */
  readonly name: ByteString;
  /** Its unit file and its drop-ins, without a leading slash. */
  readonly files: readonly ByteString[];
  readonly words: readonly ByteString[];
}

/** Where systemd looks, the first before the others. Source: systemd.unit(5), "UNIT FILE LOAD PATH". */
const UNIT_FOLDERS: readonly ByteString[] = [
  'etc/systemd/system',
  'usr/local/lib/systemd/system',
  'usr/lib/systemd/system',
  'lib/systemd/system',
];

/** Every boot goes through these, in this order. */
const FIRST = ['sysinit.target', 'basic.target', 'default.target'];

/** Bytes. */
export const MAX_UNIT = 64 * KIB;
/** More than any system has. */
const MAX_UNITS = 4096;
const NAME = /^[\w:.@\\-]{1,255}$/;

/**
 * The units that default.target leads to, as their files and the links beside them say, nearest first. What a generator makes
 * while the system starts, a socket or a timer waits for, or a condition keeps out, is not known here.
 */
export async function startedUnits(source: Source): Promise<StartedUnit[]> {
  const view = sourceView(source);
  const isUnitSized = (path: ByteString) => {
    const inode = lookup(source.root, path);
    return inode?.kind === 'file' && inode.size <= MAX_UNIT;
  };
  const units: StartedUnit[] = [];
  const seen = new Set<ByteString>();
  let level: readonly ByteString[] = FIRST;
  while (level.length > 0 && seen.size < MAX_UNITS) {
    const found: { name: ByteString; files: ByteString[] }[] = [];
    const next: ByteString[] = [];
    for (const name of level) {
      if (seen.has(name) || !NAME.test(name)) continue;
      seen.add(name);
      const own = await ownFile(source, view, name);
      // What hangs on the name that an alias stands for hangs on the alias, too.
      if (own !== undefined) next.push(own.slice(own.lastIndexOf('/') + 1));
      next.push(...(await linkedTo(view, name)));
      const files = own === undefined ? [] : [own, ...(await dropIns(view, name))];
      found.push({ name, files });
    }
    const contents = await view.read(found.flatMap(({ files }) => files.filter(isUnitSized)));
    for (const { name, files } of found) {
      const parsed = files.flatMap((path) => parseUnit(contents.get(path) ?? Buffer.alloc(0)));
      next.push(...parsed.flatMap(({ wants }) => wants));
      units.push({ name, files, words: parsed.flatMap(({ words }) => words) });
    }
    level = next;
  }
  return units;
}

/** `getty@tty1.service` is made of `getty@.service`. */
function withTemplate(name: ByteString): ByteString[] {
  const template = name.replace(/@[^.]*(?=\.)/, '@');
  return template === name ? [name] : [name, template];
}

/** The unit's file, where it really is; undefined where there is none or the unit is masked. */
async function ownFile(
  { root }: Source,
  view: RootView,
  name: ByteString,
): Promise<ByteString | undefined> {
  const places = withTemplate(name).flatMap((each) => UNIT_FOLDERS.map((top) => `${top}/${each}`));
  // A link to /dev/null, which masks the unit, hides those after it, too.
  const first = places.find((path) => lookup(root, path, { followLast: false }) !== undefined);
  return first === undefined ? undefined : view.resolve(first);
}

async function dropIns(view: RootView, name: ByteString): Promise<ByteString[]> {
  const files: ByteString[] = [];
  for (const folder of foldersBeside(name, ['d'])) {
    for (const file of await view.list(folder)) {
      const real = file.endsWith('.conf') ? await view.resolve(`${folder}/${file}`) : undefined;
      if (real !== undefined) files.push(real);
    }
  }
  return files;
}

/** Units that are enabled for it: links in folders beside it. */
async function linkedTo(view: RootView, name: ByteString): Promise<ByteString[]> {
  const linked: ByteString[] = [];
  for (const folder of foldersBeside(name, ['wants', 'requires', 'upholds'])) {
    linked.push(...(await view.list(folder)));
  }
  return linked;
}

function foldersBeside(name: ByteString, kinds: readonly string[]): ByteString[] {
  return withTemplate(name).flatMap((each) =>
    UNIT_FOLDERS.flatMap((top) => kinds.map((kind) => `${top}/${each}.${kind}`)),
  );
}

/** `ssh.service` is some file's name, or masked by one. */
export function hasUnit({ root }: Source, name: ByteString): boolean {
  return UNIT_FOLDERS.some((top) => lookup(root, `${top}/${name}`, { followLast: false }));
}
