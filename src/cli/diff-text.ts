import { printable } from '../bytes.js';
import type { ComparedNode, Difference, Facet } from '../diff/compare-trees.js';
import type { DiscDifferences } from '../diff/diff-discs.js';
import { formatBytes, formatCount, formatTable } from './format.js';

/** What two discs differ in, as people read it. Pure. */
export function diffLines({ disc, root }: DiscDifferences): string[] {
  if (disc.length + root.length === 0) return ['The discs hold the same.'];
  const parts = [
    ['Disc', disc],
    ['Root filesystem', root],
  ] as const;
  return parts.flatMap(([title, differences], index) => [
    ...(index === 0 ? [] : ['']),
    `${title}: ${summary(differences)}`,
    ...formatTable(differences.map(row)).map((line) => `  ${line}`),
  ]);
}

/** The same for programs: names made printable. */
export function diffReport({ disc, root }: DiscDifferences) {
  const plain = ({ path, change, facets, before, after }: Difference) => ({
    path: `/${printable(path)}`,
    change,
    facets,
    before: before === undefined ? null : attributesOf(before),
    after: after === undefined ? null : attributesOf(after),
  });
  return {
    identical: disc.length + root.length === 0,
    disc: disc.map(plain),
    rootFilesystem: root.map(plain),
  };
}

function summary(differences: readonly Difference[]): string {
  const count = (change: Difference['change']) =>
    differences.filter((difference) => difference.change === change).length;
  const counts = (['added', 'removed', 'changed'] as const)
    .map((change) => [count(change), change] as const)
    .filter(([number]) => number > 0)
    .map(([number, change]) => `${formatCount(number)} ${change}`);
  return counts.length === 0 ? 'the same' : counts.join(', ');
}

function row({ path, change, facets, before, after }: Difference): string[] {
  const isDirectory = (after ?? before)?.kind === 'directory' && path !== '';
  const name = `/${printable(path)}${isDirectory ? '/' : ''}`;
  if (before === undefined || after === undefined) {
    const node = after ?? before;
    return [change, name, node?.kind === 'file' ? formatBytes(node.size) : ''];
  }
  return [change, name, facets.map((facet) => describe(facet, before, after)).join('; ')];
}

function describe(facet: Facet, before: ComparedNode, after: ComparedNode): string {
  const [old, young] = [value(facet, before), value(facet, after)];
  return old === young ? facet : `${facet} ${old} -> ${young}`;
}

/** What a facet is about; '' where it would not fit a line. */
function value(facet: Facet, node: ComparedNode): string {
  switch (facet) {
    case 'kind':
      return node.kind;
    case 'size':
      return node.kind === 'file' ? formatCount(node.size) : '';
    case 'target':
      return node.kind === 'symlink' ? printable(node.target) : '';
    case 'device':
      return 'major' in node ? `${node.major}:${node.minor}` : '';
    case 'mode':
      return node.mode.toString(8);
    case 'owner':
      return `${node.uid}:${node.gid}`;
    case 'time':
      return timeOf(node);
    default:
      return '';
  }
}

function attributesOf(node: ComparedNode) {
  return {
    kind: node.kind,
    mode: node.mode.toString(8),
    uid: node.uid,
    gid: node.gid,
    time: timeOf(node),
    ...(node.kind === 'file' ? { size: node.size } : {}),
    ...(node.kind === 'symlink' ? { target: printable(node.target) } : {}),
    ...('major' in node ? { device: `${node.major}:${node.minor}` } : {}),
  };
}

/** ISO 8601 as far as it goes: ext2 holds years that a Date holds. */
function timeOf({ mtime: { seconds } }: ComparedNode): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
