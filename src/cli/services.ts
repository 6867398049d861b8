import type { PreparedBuild } from '../build/plan.js';
import type { Reporter } from '../build/report.js';
import type { Recipe } from '../recipe/recipe.js';

/** What the commands and the wizard call; tests put doubles in its place. */
export interface Services {
  /** Checks everything a build needs and lays the disc out; writes nothing. */
  prepareBuild(recipe: Recipe, reporter: Reporter, signal: AbortSignal): Promise<PreparedBuild>;
  /** The versions of the kernels in a root filesystem, newest first; for the wizard's question. */
  listKernels(source: string, reporter: Reporter): Promise<readonly string[]>;
  /** Whether discs can be tried in a virtual machine here. */
  canRun(): Promise<boolean>;
  /** Boots a disc in a virtual machine that the user sees and types into. */
  runDisc(disc: string): Promise<void>;
}
