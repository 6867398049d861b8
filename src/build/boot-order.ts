import type { ByteString } from '../bytes.js';
import type { BlockRange } from '../ext2/index.js';
import { type Directory, type Inode, type RegularFile, walk } from '../rootfs/tree.js';
import { EXT2_BLOCK } from '../units.js';

/**
 * The order of files on the disc without a boot profile: what a booting system reads comes first
 * and together, what it hardly ever reads comes last. One pass over the names, no boot needed.
 */
export function bootOrder(root: Directory): BlockRange[] {
  const ranked: { file: RegularFile; rank: number; index: number }[] = [];
  const seen = new Set<Inode>();
  for (const { path, inode } of walk(root)) {
    if (inode.kind !== 'file' || seen.has(inode)) continue;
    seen.add(inode);
    ranked.push({ file: inode, rank: rankOf(path), index: ranked.length });
  }
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return ranked.map(({ file }) => ({
    inode: file,
    firstBlock: 0,
    count: Math.ceil(file.size / EXT2_BLOCK),
  }));
}

/** The first pattern that fits decides. */
const RANKS: readonly RegExp[] = [
  // The init and its libraries: read whole, by every boot.
  /^(usr\/)?(sbin\/init|lib\/systemd\/(systemd|libsystemd)[^/]*|sbin\/openrc[^/]*)$/,
  /^(usr\/)?lib(32|64)?\/([^/]+-linux-[^/]+\/)?(ld[-.]|lib(c|m|pthread|dl|rt|gcc_s|selinux|pcre2-8|crypt|pam|mount|blkid|cap|audit|udev|systemd|kmod|acl|lzma|zstd|lz4|gcrypt|gpg-error|seccomp|apparmor|ip4tc|crypto|ssl|z)[-.\d])[^/]*$/,
  /^(usr\/)?(bin|sbin)\/(sh|dash|bash|mount|umount|agetty|getty|login|busybox|udevadm|systemctl|kmod|modprobe|sulogin|systemd-[^/]*|[^/]*tmpfiles[^/]*)$/,
  /^etc\/(?!ssl\/|fonts\/|X11\/)/,
  /^(usr\/)?lib\/(systemd|udev|modprobe\.d|modules-load\.d|sysctl\.d|tmpfiles\.d|sysusers\.d|environment\.d|openrc)\//,
  /^(usr\/)?lib\/modules\/[^/]+\/modules\.[^/]*$/,
  /^(usr\/)?lib(32|64)?\/([^/]+-linux-[^/]+\/)?(security|[^/]*\.so[^/]*$)/,
  /^(usr\/)?(bin|sbin)\//,
];

/** Docs, translations, headers, caches, and what the boot loader has read already. */
const LAST =
  /^(boot\/|usr\/share\/(doc|man|info|locale|i18n|help|gtk-doc|common-licenses|bash-completion|zoneinfo|icons|fonts)\/|usr\/(include|src)\/|usr\/lib\/debug\/|var\/(cache|lib\/(apt|dpkg))\/)/;

function rankOf(path: ByteString): number {
  if (LAST.test(path)) return RANKS.length + 1;
  const rank = RANKS.findIndex((pattern) => pattern.test(path));
  return rank < 0 ? RANKS.length : rank;
}
