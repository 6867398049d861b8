import { checkOutputs } from '../build/check-outputs.js';
import type { BuildPlan, BuildResult } from '../build/plan.js';
import { type Reporter, silentReporter } from '../build/report.js';
import { type Choice, choiceName } from '../recipe/matrix.js';
import { outputsOf, type Recipe } from '../recipe/recipe.js';
import type { BuildFlags } from './build-command.js';
import type { Context } from './context.js';
import { interruptible } from './interrupt.js';
import { planLines } from './plan-text.js';
import { ProgressReporter } from './progress.js';
import { resultLines } from './result-text.js';
import { withSharedInput } from './shared-input.js';
import { writeLine } from './terminal.js';

/** A disc to build, and which one of a matrix it is. */
export interface DiscToBuild {
  readonly choice: Choice;
  readonly recipe: Recipe;
}

/**
 * Plans and, unless it is a dry run, builds one disc after the other; what is done stays when a later
 * one fails. Data goes to standard output, all else to standard error.
 * @throws SnapdiscError whatever the pipeline throws; `interrupted.signal` after Ctrl-C
 */
export async function buildDiscs(
  discs: readonly DiscToBuild[],
  flags: BuildFlags,
  context: Context,
): Promise<void> {
  const { stdin, stdout, stderr, env } = context.terminal;
  const progress = new ProgressReporter({ output: stderr, env });
  const reporter: Reporter = flags.quiet === true ? silentReporter : progress;
  const several = discs.length > 1 || discs.some(({ choice }) => choice.size > 0);
  const outputs = discs.flatMap(({ recipe }) => outputsOf(recipe));
  const made: object[] = [];
  if (discs.length > 1) {
    // The last disc's outputs must not fail after an hour of building the others.
    for (const { recipe } of discs) await checkOutputs(recipe);
  }
  try {
    await interruptible(context.terminal, (signal) =>
      withSharedInput(discs, stdin, reporter, signal, async (shared) => {
        for (const [index, { choice, recipe }] of shared.entries()) {
          signal.throwIfAborted();
          const which = `Disc ${index + 1} of ${discs.length}: ${choiceName(choice)}`;
          if (several) heading(index === 0 ? which : `\n${which}`);
          const done = await buildDisc(recipe, { flags, context, reporter, signal, outputs });
          made.push(several ? { disc: Object.fromEntries(choice), ...done } : done);
        }
      }),
    );
  } finally {
    progress.abandon();
  }
  if (flags.json === true) {
    writeLine(stdout, JSON.stringify(several ? made : made[0], null, 2));
  }

  function heading(text: string): void {
    if (flags.json === true) return;
    if (flags.dryRun === true) writeLine(stdout, `${text}\n`);
    else if (flags.quiet !== true) writeLine(stderr, text);
  }
}

interface Work {
  readonly flags: BuildFlags;
  readonly context: Context;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** What all the discs write. */
  readonly outputs: readonly string[];
}

/** @returns what `--json` prints: the plan of a dry run, else the result. */
async function buildDisc(recipe: Recipe, work: Work): Promise<BuildPlan | BuildResult> {
  const { flags, context, reporter, signal, outputs } = work;
  const { stdout, stderr } = context.terminal;
  const prepared = await context.services.prepareBuild(recipe, reporter, signal, outputs);
  try {
    signal.throwIfAborted();
    reporter.done();
    const { plan } = prepared;
    if (flags.dryRun === true) {
      if (flags.json !== true) writeLine(stdout, planLines(plan).join('\n'));
      return plan;
    }
    for (const warning of plan.warnings) reporter.warn(warning);
    const result = await prepared.run(signal);
    reporter.done();
    if (flags.json !== true && flags.quiet !== true) {
      for (const line of resultLines(plan, result)) writeLine(stderr, line);
    }
    return result;
  } finally {
    await prepared.close();
  }
}
