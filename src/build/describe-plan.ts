import type { Kernel } from '../initrd/kernel.js';
import type { Recipe } from '../recipe/recipe.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import { type DiscIdentity, formatUuid } from './identity.js';
import type { BuildPlan, PlannedStage, PlannedTool } from './plan.js';
import type { PreparedRootfs } from './prepare-rootfs.js';
import type { DiscLayout, WriteContext } from './write-disc.js';

/** One step of the writing pipeline. */
export interface Stage extends PlannedStage {
  readonly enabled: boolean;
  run(context: WriteContext): Promise<void>;
}

export interface PlanFacts {
  readonly recipe: Recipe;
  readonly rootfs: PreparedRootfs;
  readonly kernel: Kernel;
  readonly identity: DiscIdentity;
  readonly layout: DiscLayout;
  readonly stages: readonly Stage[];
  readonly tools: readonly PlannedTool[];
  /** Full sentences. */
  readonly notes: readonly string[];
}

/** The plan as plain values, for --dry-run and --json. */
export function describePlan(facts: PlanFacts): BuildPlan {
  const { recipe, rootfs, kernel, identity, layout, stages, tools, notes } = facts;
  const { ext2, disc, initrd } = layout;
  return {
    source: rootfs.source.description,
    output: recipe.output,
    kernel: { version: kernel.version, arch: kernel.arch },
    stages: stages.map(({ title, bytes }) => (bytes === undefined ? { title } : { title, bytes })),
    sizes: {
      iso: disc.iso.totalBlocks * ISO_BLOCK,
      rootImage: ext2.storedBlocks * EXT2_BLOCK,
      initrd: initrd.length,
      kernel: kernel.image.length,
      headroom: (ext2.totalBlocks - ext2.imageBlocks) * EXT2_BLOCK,
    },
    tools,
    login: rootfs.login,
    warnings: [...rootfs.warnings, ...notes],
    ext2: {
      uuid: formatUuid(identity.uuid),
      blocks: ext2.totalBlocks,
      storedBlocks: ext2.storedBlocks,
      freeBlocks: ext2.freeBlocks,
      inodes: ext2.inodeCount,
      groups: ext2.groupCount,
    },
  };
}
