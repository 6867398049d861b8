import type { PlannedStage } from './plan.js';
import type { WorkContext } from './report.js';
import { throwIfAborted } from './write-disc.js';

/** One step of a pipeline that writes: a dry run prints the title, a build runs it. */
export interface Stage<Context extends WorkContext> extends PlannedStage {
  run(context: Context): Promise<void>;
}

/** Runs one stage after the other. @throws what a stage throws, `interrupted.signal` */
export async function runStages<Context extends WorkContext>(
  stages: readonly Stage<Context>[],
  context: Context,
): Promise<void> {
  for (const { title, bytes, run } of stages) {
    throwIfAborted(context.signal);
    context.reporter.stage(title, bytes);
    await run(context);
  }
}
