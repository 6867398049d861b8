import test from 'ava';
import { bootOrder } from '../../src/build/boot-order.js';
import { type Directory, fileFromContent, type Inode, walk } from '../../src/rootfs/tree.js';

const attributes = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  xattrs: [],
};

function treeOf(paths: readonly string[]): Directory {
  const root: Directory = { ...attributes, kind: 'directory', entries: new Map() };
  for (const path of paths) {
    const names = path.split('/');
    const last = names.pop() ?? '';
    let here = root;
    for (const name of names) {
      const next = here.entries.get(name);
      const child: Inode = next ?? { ...attributes, kind: 'directory', entries: new Map() };
      here.entries.set(name, child);
      if (child.kind === 'directory') here = child;
    }
    here.entries.set(last, fileFromContent(Buffer.from(path), attributes));
  }
  return root;
}

function orderOf(root: Directory): string[] {
  const names = new Map<Inode, string>();
  for (const { path, inode } of walk(root)) if (!names.has(inode)) names.set(inode, path);
  return bootOrder(root).map(({ inode }) => names.get(inode) ?? '');
}

test('what starts first lies first, what is never read at boot lies last', (t) => {
  const order = orderOf(
    treeOf([
      'usr/share/doc/bash/README',
      'opt/application/data',
      'usr/bin/zip',
      'etc/passwd',
      'usr/bin/bash',
      'usr/lib/x86_64-linux-gnu/libc.so.6',
      'usr/lib/systemd/systemd',
      'boot/vmlinuz-6.1.0',
    ]),
  );
  t.deepEqual(order, [
    'usr/lib/systemd/systemd',
    'usr/lib/x86_64-linux-gnu/libc.so.6',
    'usr/bin/bash',
    'etc/passwd',
    'usr/bin/zip',
    'opt/application/data',
    'boot/vmlinuz-6.1.0',
    'usr/share/doc/bash/README',
  ]);
});

test('every file comes once, hard links too', (t) => {
  const root = treeOf(['bin/perl', 'srv/data']);
  const perl = root.entries.get('bin');
  const inode = perl?.kind === 'directory' ? perl.entries.get('perl') : undefined;
  if (inode) root.entries.set('perl5', inode);
  t.deepEqual(orderOf(root), ['bin/perl', 'srv/data']);
});
