import { type ByteString, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { exportCommands } from './container-image.js';
import { type Directory, lookup } from './tree.js';

/** Whether the tree has what every Linux root filesystem has: programs, and /etc or /usr. */
export function looksLikeRootfs(root: Directory): boolean {
  const has = (path: string) => lookup(root, path)?.kind === 'directory';
  return (
    has('usr/bin') || has('usr/sbin') || ((has('bin') || has('sbin')) && (has('etc') || has('usr')))
  );
}

/** What makes images in layers, and what flattens them. */
const LAYERED = {
  docker: { name: 'docker save', tool: 'docker' },
  oci: { name: 'OCI', tool: 'podman' },
} as const;

/**
 * Whether the tree is a container image in layers, and of which kind: what `docker save` writes, which may have an
 * OCI layout besides (OCI image-spec, image-layout.md), or that alone. Pure.
 */
function layeredImage(root: Directory): keyof typeof LAYERED | undefined {
  const isFile = (path: string) => lookup(root, path)?.kind === 'file';
  if (looksLikeRootfs(root)) return undefined;
  if (isFile('manifest.json')) return 'docker';
  return isFile('oci-layout') && isFile('index.json') ? 'oci' : undefined;
}

/** What such an image is called where there is little room. */
function layeredImageName(kind: keyof typeof LAYERED): string {
  return `container image in layers (${LAYERED[kind].name})`;
}

/**
 * Refuses a tree that is no root filesystem, with advice where it may lie instead.
 * @throws SnapdiscError `source.layers`, `source.not-rootfs`
 */
export function checkRootfs(root: Directory, description: string): void {
  if (looksLikeRootfs(root)) return;
  const kind = layeredImage(root);
  if (kind !== undefined) {
    const { tool } = LAYERED[kind];
    throw new SnapdiscError(
      'source.layers',
      `The ${description} is a ${layeredImageName(kind)}, not yet a root filesystem.`,
      {
        facts: { image: layeredImageName(kind) },
        hint: `Flatten it: ${tool} load -i ARCHIVE, ${exportCommands(tool, 'IMAGE')}.`,
      },
    );
  }
  const nested = nestedRootfs(root);
  const names = [...root.entries.keys()].slice(0, 6).map((name) => `"${printable(name)}"`);
  throw new SnapdiscError(
    'source.not-rootfs',
    `The ${description} holds no root filesystem: there is neither usr/bin nor bin with etc beside it, but ${names.join(', ')}.`,
    {
      hint:
        nested === undefined
          ? 'Give the directory, or an archive of the directory, that has bin, etc and usr in it.'
          : `The root filesystem seems to be in "${printable(nested)}". Give that directory, or make the archive inside it: tar -C ${printable(nested)} -cf ARCHIVE .`,
    },
  );
}

function nestedRootfs(root: Directory): ByteString | undefined {
  for (const [name, inode] of root.entries) {
    if (inode.kind === 'directory' && looksLikeRootfs(inode)) return name;
  }
  return undefined;
}
