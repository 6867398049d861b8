import { type ByteString, printable } from '../bytes.js';
import { type BlockReader, corruptImage } from './block-reader.js';
import {
  gatherRockRidge,
  type RawEntry,
  type ReadContext,
  readEntries,
} from './directory-reader.js';
import {
  FLAG_DIRECTORY,
  type ParsedRecord,
  recordsInBlock,
  SELF_IDENTIFIER,
} from './directory-record.js';
import { FILE_TYPE_BITS, FILE_TYPE_MASK, type IsoAttributes, type IsoExtent } from './nodes.js';
import type { ReadBudget } from './read-budget.js';
import type { RockRidgeFacts } from './rock-ridge-facts.js';
import { suspSkip } from './susp.js';
import type { VolumeDirectory, VolumeNode } from './volume.js';

/** The file tree of a volume, read level by level. */

export interface ReadTree {
  readonly root: VolumeDirectory;
  readonly hasRockRidge: boolean;
}

interface OpenDirectory extends VolumeDirectory {
  readonly entries: Map<ByteString, VolumeNode>;
}

const MAX_NAME = 255;
const MAX_TARGET = 4095;
/** Linux's modes for a disc without Rock Ridge. */
const PLAIN_MODE = 0o555;

/**
 * Reads the tree under the root directory's record. Of two entries with one name the first counts,
 * as in Linux.
 * @throws SnapdiscError `image.corrupt`, `image.loop`, `image.truncated`, `image.unsupported` or
 *   `image.too-large`
 */
export async function readTree(
  reader: BlockReader,
  budget: ReadBudget,
  rootExtent: IsoExtent,
): Promise<ReadTree> {
  const self = await selfRecord(reader, rootExtent.lba);
  const context = { reader, budget, skip: suspSkip(self.systemUse) };
  const root = openDirectory(self, rootExtent, await gatherRockRidge(context, self));
  const pending = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    reader.checkRange(next.extent.lba, next.extent.size, 'A directory');
    budget.spendDirectory(next.extent);
    for await (const entry of readEntries(context, next.extent)) {
      if (entry.rockRidge?.isRelocated === true) continue;
      const name = checkedName(entry);
      budget.spendEntry(name.length + (entry.rockRidge?.target?.length ?? 0));
      if (next.entries.has(name)) continue;
      const node = await nodeOf(context, entry, name);
      next.entries.set(name, node);
      if ('entries' in node) pending.push(node);
    }
  }
  return { root, hasRockRidge: context.skip !== undefined };
}

type OpenNode = Exclude<VolumeNode, VolumeDirectory> | OpenDirectory;

async function nodeOf(context: ReadContext, entry: RawEntry, name: ByteString): Promise<OpenNode> {
  const { record, extents, rockRidge } = entry;
  if (rockRidge?.childLink !== undefined) return relocated(context, rockRidge.childLink);
  if ((record.flags & FLAG_DIRECTORY) !== 0) {
    if (rockRidge?.posix !== undefined && kindOf(rockRidge.posix.mode) !== 'directory') {
      throw corruptImage(`'${printable(name)}' is a directory and at the same time is none.`);
    }
    return openDirectory(record, record.extent, rockRidge);
  }
  const attributes = attributesOf(record, rockRidge);
  const kind = rockRidge?.posix === undefined ? 'file' : kindOf(rockRidge.posix.mode);
  switch (kind) {
    case 'file': {
      const size = extents.reduce((sum, extent) => sum + extent.size, 0);
      for (const extent of extents) {
        if (extent.size > 0) context.reader.checkRange(extent.lba, extent.size, 'A file');
      }
      return { kind, ...attributes, size, extents };
    }
    case 'symlink':
      return { kind, ...attributes, target: checkedTarget(rockRidge?.target, name) };
    case 'block':
    case 'char':
      if (rockRidge?.device === undefined) {
        throw corruptImage(`the device '${printable(name)}' has no number.`);
      }
      return { kind, ...attributes, ...rockRidge.device };
    case 'fifo':
    case 'socket':
      return { kind, ...attributes };
    default:
      throw corruptImage(`'${printable(name)}' is of no known type.`);
  }
}

/** A relocated directory (RRIP 4.1.5.1): only its own record says how long it is. */
async function relocated(context: ReadContext, lba: number): Promise<OpenDirectory> {
  const self = await selfRecord(context.reader, lba);
  const extent = { lba, size: self.extent.size };
  return openDirectory(self, extent, await gatherRockRidge(context, self));
}

/** The first record of a directory, which stands for the directory itself. */
async function selfRecord(reader: BlockReader, lba: number): Promise<ParsedRecord> {
  const [self] = recordsInBlock(await reader.block(lba));
  if (self?.identifier === SELF_IDENTIFIER) return self;
  throw corruptImage(`there is no directory at block ${lba}.`);
}

function openDirectory(
  record: ParsedRecord,
  extent: IsoExtent,
  rockRidge: RockRidgeFacts | undefined,
): OpenDirectory {
  return {
    kind: 'directory',
    ...attributesOf(record, rockRidge),
    extent,
    entries: new Map(),
  };
}

function attributesOf(record: ParsedRecord, rockRidge: RockRidgeFacts | undefined): IsoAttributes {
  const { mode = PLAIN_MODE, uid = 0, gid = 0 } = rockRidge?.posix ?? {};
  const mtime = rockRidge?.mtime ?? record.date ?? { seconds: 0 };
  return { mode: mode & 0o7777, uid, gid, mtime };
}

function kindOf(mode: number): VolumeNode['kind'] | undefined {
  const kinds = Object.entries(FILE_TYPE_BITS) as [VolumeNode['kind'], number][];
  return kinds.find(([, bits]) => bits === (mode & FILE_TYPE_MASK))?.[0];
}

/** The Rock Ridge name, else the identifier without its version. */
function checkedName({ record, rockRidge }: RawEntry): ByteString {
  const name = rockRidge?.name ?? record.identifier.replace(/\.?;\d*$/s, '');
  const isValid = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
  if (isValid && name.length <= MAX_NAME) return name;
  throw corruptImage(`'${printable(name.slice(0, MAX_NAME))}' is no file name.`);
}

function checkedTarget(target: ByteString | undefined, name: ByteString): ByteString {
  const isValid = target !== undefined && target !== '' && target.length <= MAX_TARGET;
  if (isValid && !target.includes('\0')) return target;
  throw corruptImage(`the symlink '${printable(name)}' has no valid target.`);
}
