import type { BuildResult } from '../build/plan.js';
import { type Reporter, silentReporter } from '../build/report.js';
import type { Recipe } from '../recipe/recipe.js';
import type { BuildFlags } from './build-command.js';
import type { Context } from './context.js';
import { interruptible } from './interrupt.js';
import { planLines } from './plan-text.js';
import { ProgressReporter } from './progress.js';
import { resultLines } from './result-text.js';
import { writeLine } from './terminal.js';

/**
 * Plans and, unless it is a dry run, builds. Data goes to standard output, all else to standard
 * error.
 * @throws SnapdiscError whatever the pipeline throws; `interrupted.signal` after Ctrl-C
 */
export async function buildDisc(
  recipe: Recipe,
  flags: BuildFlags,
  { terminal, services }: Context,
): Promise<BuildResult | undefined> {
  const { stdout, stderr, env } = terminal;
  const progress = new ProgressReporter({ output: stderr, env });
  const reporter: Reporter = flags.quiet === true ? silentReporter : progress;
  const data = (lines: readonly string[], value: unknown) => {
    writeLine(stdout, flags.json === true ? JSON.stringify(value, null, 2) : lines.join('\n'));
  };
  try {
    return await interruptible(terminal, async (signal) => {
      const prepared = await services.prepareBuild(recipe, reporter, signal);
      try {
        signal.throwIfAborted();
        reporter.done();
        if (flags.dryRun === true) {
          data(planLines(prepared.plan), prepared.plan);
          return undefined;
        }
        for (const warning of prepared.plan.warnings) reporter.warn(warning);
        const result = await prepared.run(signal);
        reporter.done();
        if (flags.json === true) data([], result);
        else if (flags.quiet !== true) {
          for (const line of resultLines(prepared.plan, result)) writeLine(stderr, line);
        }
        return result;
      } finally {
        await prepared.close();
      }
    });
  } finally {
    progress.abandon();
  }
}
