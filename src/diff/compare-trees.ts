import type { ByteString } from '../bytes.js';
import type { Xattr } from '../rootfs/tree.js';

/** What can be compared: the inodes of a root filesystem, and the nodes of a disc. */
export type ComparedNode = ComparedAttributes &
  (
    | { readonly kind: 'directory'; readonly entries: ReadonlyMap<ByteString, ComparedNode> }
    | { readonly kind: 'file'; readonly size: number }
    | { readonly kind: 'symlink'; readonly target: ByteString }
    | { readonly kind: 'block' | 'char'; readonly major: number; readonly minor: number }
    | { readonly kind: 'fifo' | 'socket' }
  );

interface ComparedAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: { readonly seconds: number; readonly nanoseconds?: number };
  readonly xattrs?: readonly Xattr[];
}

/** What differs about a path that both have. */
export type Facet =
  | 'kind'
  | 'contents'
  | 'size'
  | 'target'
  | 'device'
  | 'mode'
  | 'owner'
  | 'xattrs'
  | 'time';

export interface Difference {
  /** Without a leading slash; the root directory's own is ''. */
  readonly path: ByteString;
  readonly change: 'added' | 'removed' | 'changed';
  /** Of what was there before. */
  readonly before: ComparedNode | undefined;
  readonly after: ComparedNode | undefined;
  /** Of a change. */
  readonly facets: readonly Facet[];
}

/** One of the two trees. */
export interface ComparedTree {
  readonly root: ComparedNode;
  /** Equal for files that hold the same bytes; `file` is one of `root`'s. */
  digest(file: ComparedNode): Promise<string>;
}

export interface CompareOptions {
  /** Whether times of files count. */
  readonly times: boolean;
}

/** Every path in which two trees differ, parents before children, names in byte order. */
export async function* compareTrees(
  before: ComparedTree,
  after: ComparedTree,
  { times }: CompareOptions,
): AsyncGenerator<Difference> {
  const sameContents = async (old: ComparedNode, young: ComparedNode) =>
    (await before.digest(old)) === (await after.digest(young));
  // A stack of its own: hostile trees are deep.
  const pending: Pair[] = [{ path: '', before: before.root, after: after.root }];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const difference = await compare(pair, times, sameContents);
    if (difference !== undefined) yield difference;
    pending.push(...children(pair).reverse());
  }
}

interface Pair {
  readonly path: ByteString;
  readonly before: ComparedNode | undefined;
  readonly after: ComparedNode | undefined;
}

function children({ path, before, after }: Pair): Pair[] {
  const none = new Map<ByteString, ComparedNode>();
  const old = before?.kind === 'directory' ? before.entries : none;
  const young = after?.kind === 'directory' ? after.entries : none;
  const prefix = path === '' ? '' : `${path}/`;
  return [...new Set([...old.keys(), ...young.keys()])]
    .sort()
    .map((name) => ({ path: prefix + name, before: old.get(name), after: young.get(name) }));
}

type SameContents = (before: ComparedNode, after: ComparedNode) => Promise<boolean>;

async function compare(
  pair: Pair,
  times: boolean,
  sameContents: SameContents,
): Promise<Difference | undefined> {
  const { before, after } = pair;
  if (before === undefined) return { ...pair, change: 'added', facets: [] };
  if (after === undefined) return { ...pair, change: 'removed', facets: [] };
  const facets = [
    ...(await contentFacets(before, after, sameContents)),
    ...attributeFacets(before, after, times),
  ];
  return facets.length === 0 ? undefined : { ...pair, change: 'changed', facets };
}

async function contentFacets(
  before: ComparedNode,
  after: ComparedNode,
  sameContents: SameContents,
): Promise<Facet[]> {
  if (before.kind === 'file' && after.kind === 'file') {
    if (before.size !== after.size) return ['size'];
    return (await sameContents(before, after)) ? [] : ['contents'];
  }
  if (before.kind !== after.kind) return ['kind'];
  if (before.kind === 'symlink' && after.kind === 'symlink') {
    return before.target === after.target ? [] : ['target'];
  }
  const isDevice = 'major' in before && 'major' in after;
  if (!isDevice) return [];
  return before.major === after.major && before.minor === after.minor ? [] : ['device'];
}

function attributeFacets(before: ComparedNode, after: ComparedNode, times: boolean): Facet[] {
  const facets: Facet[] = [];
  if (before.mode !== after.mode) facets.push('mode');
  if (before.uid !== after.uid || before.gid !== after.gid) facets.push('owner');
  if (xattrText(before) !== xattrText(after)) facets.push('xattrs');
  if (times && timeText(before) !== timeText(after)) facets.push('time');
  return facets;
}

function xattrText({ xattrs = [] }: ComparedNode): string {
  const text = ({ name, value }: Xattr) => `${name}=${Buffer.from(value).toString('hex')}`;
  return JSON.stringify(xattrs.map(text).sort());
}

function timeText({ mtime: { seconds, nanoseconds = 0 } }: ComparedNode): string {
  return `${seconds} ${nanoseconds}`;
}
