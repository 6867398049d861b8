import { printable } from '../bytes.js';
import type { Ext2Plan } from '../ext2/index.js';
import type { Kernel } from '../initrd/kernel.js';
import type { PackedCompression } from '../packed-root/compression.js';
import type { ProfileFit } from '../profile/hot-ranges.js';
import type { Recipe } from '../recipe/recipe.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import { type DiscIdentity, formatUuid } from './identity.js';
import type { BuildPlan, PlannedProfile, PlannedStage, PlannedTool } from './plan.js';
import type { PreparedRootfs } from './prepare-rootfs.js';
import type { SortRule } from './sort-file.js';
import { plannedMedium } from './target-checks.js';
import type { DiscLayout } from './write-disc.js';

export interface PlanFacts {
  readonly recipe: Recipe;
  readonly rootfs: PreparedRootfs;
  readonly kernel: Kernel;
  readonly identity: DiscIdentity;
  readonly layout: DiscLayout;
  readonly ext2: Ext2Plan;
  readonly compression: PackedCompression | undefined;
  readonly stages: readonly PlannedStage[];
  readonly tools: readonly PlannedTool[];
  readonly fit: ProfileFit;
  /** Full sentences. */
  readonly notes: readonly string[];
}

/** The plan as plain values, for --dry-run and --json. */
export function describePlan(facts: PlanFacts): BuildPlan {
  const { recipe, rootfs, kernel, identity, layout, ext2, stages, tools, fit, notes } = facts;
  const { compression } = facts;
  const { disc, initrd } = layout;
  const profile = plannedProfile(recipe, fit, ext2.hotBlocks);
  const iso = disc.iso.totalBlocks * ISO_BLOCK;
  // What is compressed may fit all the same: that is checked when its size is known.
  const contents = { root: rootfs.source.root, includes: layout.includes };
  const medium = compression === undefined ? plannedMedium(recipe, iso, contents) : undefined;
  return {
    source: rootfs.source.description,
    output: recipe.output,
    kernel: { version: kernel.version, arch: kernel.arch },
    stages: stages.map(({ title, bytes }) => (bytes === undefined ? { title } : { title, bytes })),
    sizes: {
      iso,
      hotCopy: disc.hotCopy?.size ?? 0,
      rootImage: ext2.storedBlocks * EXT2_BLOCK,
      initrd: initrd.length,
      kernel: kernel.image.length,
      headroom: (ext2.totalBlocks - ext2.imageBlocks) * EXT2_BLOCK,
    },
    tools,
    login: rootfs.login,
    warnings: [
      ...rootfs.warnings,
      ...notes,
      ...profileWarnings(profile),
      ...sortWarnings(recipe.sort, disc.idleRules),
    ],
    ext2: {
      uuid: formatUuid(identity.uuid),
      blocks: ext2.totalBlocks,
      storedBlocks: ext2.storedBlocks,
      freeBlocks: ext2.freeBlocks,
      inodes: ext2.inodeCount,
      groups: ext2.groupCount,
    },
    ...(medium === undefined ? {} : { medium }),
    ...(compression === undefined ? {} : { compression }),
    ...(profile === undefined ? {} : { profile }),
  };
}

function plannedProfile(
  { profile: file }: Recipe,
  { paths, missing }: ProfileFit,
  hotBlocks: number,
): PlannedProfile | undefined {
  if (file === undefined) return undefined;
  return { file, paths, missing, hotBytes: hotBlocks * EXT2_BLOCK };
}

/** Rules that a warning names. */
const NAMED_RULES = 3;

function sortWarnings(file: string | undefined, idle: readonly SortRule[]): string[] {
  if (idle.length === 0) return [];
  const named = idle.slice(0, NAMED_RULES).map(({ path }) => printable(path));
  const more = idle.length > named.length ? ` and ${idle.length - named.length} more` : '';
  return [`The sort file ${file} has rules for nothing on the disc: ${named.join(', ')}${more}.`];
}

/** Of a profile's paths, so many may be missing without a word: packages change. */
const MISSING_UNSAID = 1 / 4;

function profileWarnings(profile: PlannedProfile | undefined): string[] {
  if (profile === undefined) return [];
  const { file, paths, missing } = profile;
  const remedy = 'Record one of this disc: snapdisc profile.';
  if (paths === 0) {
    return [`The boot profile ${file} names nothing of a root filesystem. ${remedy}`];
  }
  if (missing <= paths * MISSING_UNSAID) return [];
  return [
    `The boot profile ${file} fits little: ${missing} of its ${paths} paths are not in the root filesystem. ${remedy}`,
  ];
}
