import test from 'ava';
import { DiscTree } from '../../src/build/disc-tree.js';
import type { IsoDirectory, IsoNode } from '../../src/iso9660/index.js';

const attributes = { mode: 0o755, uid: 1, gid: 2, mtime: { seconds: 3 } };
const folder = (entries: Record<string, IsoNode>): IsoDirectory => ({
  ...attributes,
  kind: 'directory',
  entries: new Map(Object.entries(entries)),
});
const file: IsoNode = { ...attributes, kind: 'file', size: 5 };

function paths(directory: IsoDirectory, prefix = ''): string[] {
  return [...directory.entries].flatMap(([name, node]) =>
    node.kind === 'directory' ? paths(node, `${prefix}${name}/`) : [`${prefix}${name}`],
  );
}

test('a grafted tree merges with the folders that are there', (t) => {
  const disc = new DiscTree(1);
  disc.addContent('live/vmlinuz', Buffer.from('kernel'));
  disc.graft('', folder({ live: folder({ 'notes.txt': file }), docs: folder({ a: file }) }));
  disc.graft('deep/below', folder({ b: file }));
  t.deepEqual(paths(disc.root), ['live/vmlinuz', 'live/notes.txt', 'docs/a', 'deep/below/b']);
});

test('a grafted folder keeps its own owner and mode', (t) => {
  const disc = new DiscTree(1);
  disc.graft('', folder({ docs: folder({}) }));
  t.like(disc.root.entries.get('docs'), { kind: 'directory', mode: 0o755, uid: 1, gid: 2 });
});

test('grafting does not change what was grafted', (t) => {
  const from = folder({ docs: folder({ a: file }) });
  const disc = new DiscTree(1);
  disc.graft('', from);
  disc.addContent('docs/b', Buffer.from('b'));
  t.deepEqual(paths(from), ['docs/a']);
});

test('a file in the way is an error', (t) => {
  const disc = new DiscTree(1);
  disc.addContent('live/vmlinuz', Buffer.from('kernel'));
  const inTheWay = { code: 'usage.disc-include' };
  t.throws(() => disc.graft('', folder({ live: folder({ vmlinuz: file }) })), inTheWay);
  t.throws(() => disc.graft('live/vmlinuz', folder({ a: file })), inTheWay);
});
