import type { PreparedBuild } from '../build/plan.js';
import { mediumProblem } from '../build/target-checks.js';
import type { Context } from '../cli/context.js';
import { interruptible } from '../cli/interrupt.js';
import { resultLines } from '../cli/result-text.js';
import { printWarnings } from '../cli/terminal.js';
import { gatherAnyway } from '../recipe/gather.js';
import { parseRecipe, type Recipe } from '../recipe/recipe.js';
import { type Answers, firstAnswers, recipeOfAnswers } from './answers.js';
import { findCandidates, runningSystem } from './candidates.js';
import { type OfferContext, offerMore } from './offers.js';
import { createAsker } from './questions.js';
import { repeatLines, reviewLines } from './review.js';
import { isRemediable, WizardScreen } from './screen.js';
import type { StepContext } from './step.js';
import { STEPS } from './steps.js';

/**
 * Asks what to build, shows it, builds it, and offers what to do with it: `snapdisc` alone on a terminal.
 * @throws SnapdiscError `interrupted.*` after Ctrl-C, and what a build throws
 */
export async function runWizard({ terminal, services }: Context, folder = '.'): Promise<void> {
  const screen = new WizardScreen(terminal);
  const ask = await createAsker(terminal);
  const candidates = [...(await findCandidates(folder)), ...(await runningSystem())];
  const { values: anyway, warnings } = await gatherAnyway(terminal.env);
  const context: WizardContext = { ask, screen, services, candidates, terminal, anyway };
  screen.heading('snapdisc makes a live CD of a root filesystem.');
  screen.say('Ctrl-C leaves at any time.');
  printWarnings(warnings, terminal);
  screen.say();

  let answers = firstAnswers(anyway);
  for (const { run } of STEPS) answers = await run(answers, context);
  for (;;) {
    const planned = await plan(answers, context);
    try {
      const canBuild =
        planned !== undefined && mediumProblem(planned.prepared.plan.medium) === undefined;
      const decision = await askWhetherToBuild(canBuild, context);
      if (decision === 'build' && planned !== undefined) return await build(planned, context);
      if (decision === 'quit') return screen.say('Nothing was written.');
    } finally {
      await planned?.prepared.close();
    }
    answers = await change(answers, context);
  }
}

interface WizardContext extends OfferContext, Context {}

interface Planned {
  readonly recipe: Recipe;
  readonly prepared: PreparedBuild;
}

/** Undefined where the answers cannot be built; the user was told why. */
async function plan(answers: Answers, context: WizardContext): Promise<Planned | undefined> {
  const { terminal, services, screen } = context;
  try {
    const recipe = parseRecipe(recipeOfAnswers(answers, context.anyway));
    const prepared = await interruptible(terminal, (signal) =>
      services.prepareBuild(recipe, screen.reporter, signal),
    );
    screen.reporter.done();
    screen.heading('This will be built:');
    for (const line of reviewLines(recipe, prepared.plan)) screen.say(line);
    screen.say();
    return { recipe, prepared };
  } catch (error) {
    if (!isRemediable(error)) throw error;
    screen.failure(error);
    return undefined;
  }
}

type Decision = 'build' | 'change' | 'quit';

function askWhetherToBuild(canBuild: boolean, { ask }: StepContext): Promise<Decision> {
  return ask.choose<Decision>('What now?', [
    ...(canBuild ? [{ title: 'build the disc', value: 'build' } as const] : []),
    { title: 'change something', value: 'change' },
    { title: 'quit without building', value: 'quit' },
  ]);
}

async function change(answers: Answers, context: WizardContext): Promise<Answers> {
  const choices = STEPS.map((step) => ({ title: step.title, value: step }));
  const step = await context.ask.choose('Change what?', choices);
  return step.run(answers, context);
}

async function build({ recipe, prepared }: Planned, context: WizardContext): Promise<void> {
  const { screen, terminal, anyway } = context;
  const result = await interruptible(terminal, (signal) => prepared.run(signal));
  screen.reporter.done();
  screen.heading('Done.');
  for (const line of [...resultLines(prepared.plan, result), ...repeatLines(recipe, anyway)]) {
    screen.say(line);
  }
  await offerMore(recipe, context);
}
