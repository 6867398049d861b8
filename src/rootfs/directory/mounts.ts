import { statfsSync } from 'node:fs';

/** Filesystems that hold nothing of the system itself, by their magic number (linux/magic.h). */
const PASSED_OVER: Readonly<Record<number, string>> = {
  40864: 'proc',
  1650812274: 'sysfs',
  16914836: 'tmpfs',
  2240043254: 'ramfs',
  7377: 'devpts',
  2613483: 'cgroup',
  1667723888: 'cgroup2',
  1684170528: 'debugfs',
  1953653091: 'tracefs',
  1935894131: 'securityfs',
  1634035564: 'pstore',
  3730735588: 'efivarfs',
  3405662737: 'bpf',
  1650812272: 'configfs',
  427819522: 'mqueue',
  2508478710: 'hugetlbfs',
  1112100429: 'binfmt_misc',
  391: 'autofs',
  1733912937: 'rpc_pipefs',
  1702057283: 'fusectl',
  4185718668: 'selinuxfs',
  1853056627: 'nsfs',
  26985: 'nfs',
  4283649346: 'cifs',
  4266872130: 'smb2',
  1702057286: 'fuse',
  16914839: '9p',
  12805120: 'ceph',
  // Layers of containers, packages as images, discs: made of files that lie elsewhere.
  2035054128: 'overlay',
  1936814952: 'squashfs',
  38496: 'isofs',
};

/** Where other filesystems are mounted that are no part of the system (FHS 3.0). */
const FOREIGN = /^(?:mnt|media|run|proc|sys|dev|tmp)(?:\/|$)/;

/**
 * Why the contents of a filesystem mounted inside the source are left out, or undefined when they
 * are part of the system: a /boot or /usr of its own, a btrfs subvolume.
 * @param path from the source's root, without a leading slash.
 */
export function reasonToSkipMount(path: string, absolutePath: Buffer): string | undefined {
  // Magics are unsigned; statfs sign-extends them on 32-bit machines.
  const type =
    PASSED_OVER[Number(BigInt.asUintN(32, statfsSync(absolutePath, { bigint: true }).type))];
  if (type !== undefined) return type;
  return FOREIGN.test(path) ? 'another filesystem' : undefined;
}
