import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { type ByteString, byteString, bytesOf } from '../../../src/bytes.js';
import type {
  IsoAttributes,
  IsoDirectory,
  IsoFile,
  IsoNode,
  VolumeNode,
} from '../../../src/iso9660/index.js';

/** What a test compares of a node: the same for our tree, our reader's and a directory on disk. */
export type Facts = Readonly<Record<string, string | number>>;

/** In byte order: comparing Maps compares their order too. */
function sorted(facts: Map<ByteString, Facts>): Map<ByteString, Facts> {
  return new Map([...facts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const isRoot = process.getuid?.() === 0;

/** Each path under a tree of ours with its facts. Contents are compared by size and hash. */
export function factsOfTree(
  root: IsoDirectory,
  contentOf: (file: IsoFile) => Uint8Array = ({ content = new Uint8Array() }) => content,
): Map<ByteString, Facts> {
  const facts = new Map<ByteString, Facts>();
  const visit = (node: IsoNode, path: ByteString) => {
    facts.set(path, {
      ...attributeFacts(node),
      ...(node.kind === 'file' ? { size: node.size, hash: hash(contentOf(node)) } : {}),
      ...(node.kind === 'symlink' ? { target: node.target } : {}),
      ...('major' in node ? { device: `${node.major}:${node.minor}` } : {}),
    });
    if (node.kind !== 'directory') return;
    for (const [name, child] of node.entries) visit(child, `${path}/${name}`);
  };
  visit(root, '');
  return sorted(facts);
}

/** The same of what our reader found in `image`. */
export function factsOfVolume(root: VolumeNode, image: Uint8Array): Map<ByteString, Facts> {
  const facts = new Map<ByteString, Facts>();
  const visit = (node: VolumeNode, path: ByteString) => {
    const data = (extents: readonly { lba: number; size: number }[]) =>
      Buffer.concat(extents.map(({ lba, size }) => image.subarray(lba * 2048, lba * 2048 + size)));
    facts.set(path, {
      ...attributeFacts(node),
      ...(node.kind === 'file' ? { size: node.size, hash: hash(data(node.extents)) } : {}),
      ...(node.kind === 'symlink' ? { target: node.target } : {}),
      ...('major' in node ? { device: `${node.major}:${node.minor}` } : {}),
    });
    if (node.kind !== 'directory') return;
    for (const [name, child] of node.entries) visit(child, `${path}/${name}`);
  };
  visit(root, '');
  return sorted(facts);
}

/** The same of a directory on disk, as extracted by xorriso. */
export async function factsOfDisk(
  top: string,
  path: ByteString = '',
): Promise<Map<ByteString, Facts>> {
  const here = Buffer.concat([Buffer.from(top), bytesOf(path)]);
  const stat = await lstat(here);
  const kind = stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'file';
  const facts = new Map<ByteString, Facts>();
  facts.set(path, {
    ...attributeFacts({
      kind,
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      gid: stat.gid,
      mtime: { seconds: Math.floor(stat.mtimeMs / 1000) },
    }),
    ...(kind === 'file' ? { size: stat.size, hash: hash(await readFile(here)) } : {}),
    ...(kind === 'symlink' ? { target: byteString(await readlink(here, 'buffer')) } : {}),
  });
  if (kind !== 'directory') return facts;
  for (const name of await readdir(here, { encoding: 'buffer' })) {
    const below = await factsOfDisk(top, `${path}/${byteString(name)}`);
    for (const [child, childFacts] of below) facts.set(child, childFacts);
  }
  return sorted(facts);
}

/** Leaves out what an extraction does not restore: owners and times of symlinks. */
export function asExtracted(facts: Map<ByteString, Facts>): Map<ByteString, Facts> {
  return new Map(
    [...facts].map(([path, { kind = '', target = '', ...rest }]) => [
      path,
      kind === 'symlink' ? { kind, target } : { kind, ...rest },
    ]),
  );
}

function attributeFacts(node: IsoAttributes & { readonly kind: IsoNode['kind'] }): Facts {
  return {
    kind: node.kind,
    mode: node.mode.toString(8),
    // Who is not root cannot restore owners when extracting.
    owner: isRoot ? `${node.uid}:${node.gid}` : '',
    mtime: Math.floor(node.mtime.seconds),
  };
}

function hash(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
