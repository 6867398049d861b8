import { byteStringFromText } from '../../../src/bytes.js';
import { type RootView, sourceView } from '../../../src/initrd/root-view.js';
import type { Source } from '../../../src/rootfs/source.js';
import {
  type Directory,
  fileFromContent,
  type InodeAttributes,
  type RegularFile,
} from '../../../src/rootfs/tree.js';

/** Paths to contents; a string that starts with `-> ` is a symlink. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

const ATTRIBUTES: InodeAttributes = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  xattrs: [],
};

const directory = (): Directory => ({ ...ATTRIBUTES, kind: 'directory', entries: new Map() });

export function tree(files: Files): Directory {
  const root = directory();
  for (const [path, content] of Object.entries(files)) {
    const parts = byteStringFromText(path).split('/');
    const name = parts.pop() ?? '';
    let folder = root;
    for (const part of parts) {
      const next = folder.entries.get(part) ?? directory();
      if (next.kind !== 'directory') throw new Error(`${path} goes through a file`);
      folder.entries.set(part, next);
      folder = next;
    }
    const isLink = typeof content === 'string' && content.startsWith('-> ');
    folder.entries.set(
      name,
      isLink
        ? { ...ATTRIBUTES, kind: 'symlink', target: content.slice(3) }
        : fileFromContent(Buffer.from(content), ATTRIBUTES),
    );
  }
  return root;
}

export function source(root: Directory): Source {
  return {
    description: 'a tree in memory',
    root,
    warnings: [],
    dataBytes: 0,
    async fetch(files: readonly RegularFile[]) {
      return new Map(files.map((file) => [file, Buffer.from(file.content ?? '')]));
    },
    async *read() {},
    async close() {},
  };
}

export function view(files: Files, description = 'the root filesystem'): RootView {
  return { ...sourceView(source(tree(files))), description };
}
