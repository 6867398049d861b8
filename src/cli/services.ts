import type { PreparedBuild } from '../build/plan.js';
import type { Reporter } from '../build/report.js';
import type { Drive } from '../media/flash/drives.js';
import type { Recipe } from '../recipe/recipe.js';
import type { DebianSettings } from '../rootfs/debian/debian-source.js';
import type { SourceFacts } from '../wizard/source-facts.js';

/** What the commands and the wizard call; tests put doubles in its place. */
export interface Services {
  /**
   * Checks everything a build needs and lays the disc out; writes nothing. `outputs`: what all discs that are
   * built together write; those of `recipe` without it.
   */
  prepareBuild(
    recipe: Recipe,
    reporter: Reporter,
    signal: AbortSignal,
    outputs?: readonly string[],
  ): Promise<PreparedBuild>;
  /** Looks into a root filesystem, for the wizard's questions; refuses one without a kernel. */
  examineSource(source: DebianSettings, reporter: Reporter): Promise<SourceFacts>;
  /** Whether a disc can be tried here, in a virtual machine like the one that it was made for. */
  canRun(disc: string): Promise<boolean>;
  /** Boots a disc in a virtual machine that the user sees and types into. */
  runDisc(disc: string): Promise<void>;
  /** Paths of the drives here that burn. */
  listBurners(): Promise<readonly string[]>;
  /** Burns a disc image onto the blank in `drive`. */
  burnDisc(disc: string, drive: string): Promise<void>;
  /** The sticks here that a disc image fits onto. */
  listSticks(disc: string): Promise<readonly Drive[]>;
  /** Writes a disc image over `drive`, once its name was typed; what is left may keep changes. */
  flashDisc(disc: string, drive: string, persist: boolean): Promise<void>;
}
