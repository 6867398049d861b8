/** What a compressed archive keeps in memory in pass 1: the initrd is made of it, and units tell what a boot reads. */
import type { KeepPredicate } from '../rootfs/source.js';
import { KIB, MIB } from '../units.js';

interface Rule {
  readonly path: RegExp;
  /** Bytes. */
  readonly atMost: number;
}

const RULES: readonly Rule[] = [
  {
    path: /^(?:usr\/)?lib\/modules\/[^/]+\/modules\.(?:dep|alias|softdep|builtin|builtin\.modinfo)$/,
    atMost: 16 * MIB,
  },
  { path: /^(?:boot\/|(?:usr\/)?lib\/modules\/[^/]+\/)?vmlinuz[^/]*$/, atMost: 64 * MIB },
  { path: /^boot\/(?:kernel|bzImage|linux)[^/]*$/, atMost: 64 * MIB },
  { path: /^(?:boot\/config-[^/]+|(?:usr\/)?lib\/modules\/[^/]+\/config)$/, atMost: MIB },
  { path: /^(?:usr\/)?s?bin\/(?:busybox(?:\.static)?|dmsetup)$/, atMost: 16 * MIB },
  { path: /^etc\/(?:ld\.so\.conf(?:\.d\/[^/]+)?|ld-musl-[^/]+\.path)$/, atMost: 64 * KIB },
  { path: /^(?:etc|(?:usr\/(?:local\/)?)?lib)\/systemd\/system\//, atMost: 64 * KIB },
  // Files of the C library, its loader and those dmsetup is known to be linked with.
  {
    path: /^(?:usr\/)?lib(?:32|64)?\/(?:[^/]+-linux-[^/]+\/)?(?:ld-|ld64|lib(?:c|m|pthread|rt|dl|resolv|crypt|gcc_s|devmapper|udev|cap|selinux|sepol|pcre2?|readline|tinfo|ncursesw?|blkid|z|lzma|zstd|lz4|dw|elf|aio)[.-])[^/]*$/,
    atMost: 8 * MIB,
  },
];

/** All that is kept together, in bytes; a rootfs with a hundred kernels fits no memory. */
const BUDGET = 192 * MIB;

/** A predicate with its own budget, for opening one source. What is not kept is read again later. */
export function initrdKeep(): KeepPredicate {
  let left = BUDGET;
  return (path, size) => {
    const wanted = RULES.some((rule) => size <= rule.atMost && rule.path.test(path));
    if (!wanted || size > left) return false;
    left -= size;
    return true;
  };
}
