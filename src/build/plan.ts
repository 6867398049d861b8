import type { PackedCompression } from '../packed-root/compression.js';
import type { Dispensable } from './dispensable.js';

/**
 * What a build is going to do, and what it did: plain values that survive JSON, so that a dry run
 * and `--json` are this data printed and nothing else.
 */

/** One step of the pipeline, in the order they run. */
export interface PlannedStage {
  readonly title: string;
  /** Bytes that pass through it, where that is known before. */
  readonly bytes?: number;
}

/** A program or file the build takes from the machine it runs on. */
export interface PlannedTool {
  readonly program: string;
  /** What it is needed for: "reads xz-compressed archives". */
  readonly purpose: string;
  readonly found: boolean;
}

/** All in bytes. */
export interface PlannedSizes {
  /** The whole disc image; with a compression or a compressed copy, the most it can have. */
  readonly iso: number;
  /** The compressed copy of what a boot reads, at most; 0 without. */
  readonly hotCopy: number;
  /** root.img as stored on the disc, or as it is before it is compressed. */
  readonly rootImage: number;
  /** Packed. */
  readonly initrd: number;
  readonly kernel: number;
  /** Room for changes at most, as far as the store goes; takes no bytes of the disc. */
  readonly headroom: number;
}

/** The ext2 filesystem as the running system sees it. */
export interface PlannedExt2 {
  readonly uuid: string;
  /** 4 KiB blocks, headroom included. */
  readonly blocks: number;
  /** 4 KiB blocks stored on the disc. */
  readonly storedBlocks: number;
  /** 4 KiB blocks without contents, headroom included. */
  readonly freeBlocks: number;
  readonly inodes: number;
  readonly groups: number;
}

/** What of a boot profile fits the root filesystem. */
export interface PlannedProfile {
  readonly file: string;
  /** Paths of the root filesystem of which it has contents. */
  readonly paths: number;
  /** Those of them that are not there. */
  readonly missing: number;
  /** Bytes at the start of root.img that hold what the boot reads. */
  readonly hotBytes: number;
}

/** The medium that the image shall go onto, and what that has room for. All in bytes. */
export interface PlannedMedium {
  /** For messages, after "a". */
  readonly title: string;
  readonly capacity: number;
  /** What is left of it; below 0 for an image that does not fit. */
  readonly left: number;
  /** root.img is compressed already. */
  readonly compressed: boolean;
  /** Where it does not fit: parts of the root filesystem to leave out, what takes most first. */
  readonly dispensable: readonly Dispensable[];
}

export interface BuildPlan {
  /** `directory /srv/rootfs`, `tar archive rootfs.tar.xz`. */
  readonly source: string;
  readonly output: string;
  readonly kernel: { readonly version: string; readonly arch: string };
  readonly stages: readonly PlannedStage[];
  readonly sizes: PlannedSizes;
  readonly tools: readonly PlannedTool[];
  /** Who can log in, and how, one sentence. */
  readonly login: string;
  /** Full sentences. */
  readonly warnings: readonly string[];
  readonly ext2: PlannedExt2;
  /** Where the recipe names one that has a size, and nothing is compressed, whose size nobody knows yet. */
  readonly medium?: PlannedMedium;
  /** How root.img is compressed, if it is. */
  readonly compression?: PackedCompression;
  /** Where the recipe has one. */
  readonly profile?: PlannedProfile;
}

export interface BuildResult {
  /** Path of the finished image. */
  readonly output: string;
  /** Bytes. */
  readonly size: number;
  /** Planning and writing together, without the time in between. */
  readonly seconds: number;
}

/** A build whose inputs are checked and whose disc is laid out; nothing is written yet. */
export interface PreparedBuild {
  readonly plan: BuildPlan;
  /**
   * Writes the disc. An abort removes the partial file and rejects with `interrupted.*`.
   */
  run(signal?: AbortSignal): Promise<BuildResult>;
  /** Lets go of the source. May be called twice. */
  close(): Promise<void>;
}
