import type { Context } from '../cli/context.js';
import { formatBytes } from '../cli/format.js';
import type { Drive } from '../media/flash/drives.js';
import { DEFAULT_RECIPE } from '../recipe/read-settings-file.js';
import type { Recipe } from '../recipe/recipe.js';
import { recipeText } from '../recipe/recipe-text.js';
import { writeTextFile } from '../text-file.js';
import { askFile } from './output-step.js';
import type { Choice } from './questions.js';
import { savedLines } from './review.js';
import { isRemediable } from './screen.js';
import type { StepContext } from './step.js';

export interface OfferContext extends Omit<StepContext, 'services'> {
  readonly services: Context['services'];
}

/** Something to do with the disc that is there now; undefined is to leave. */
type Offer = (() => Promise<void>) | undefined;

/**
 * Offers what can be done here with the disc of `recipe`, one thing after the other. What fails is told:
 * the disc is there all the same.
 * @throws SnapdiscError `interrupted.*`
 */
export async function offerMore(recipe: Recipe, context: OfferContext): Promise<void> {
  const { ask, screen } = context;
  let isFirst = true;
  for (;;) {
    // A stick may have been plugged in since.
    const choices = await offers(recipe, context);
    screen.say();
    const offer = await ask.choose('What next?', choices, isFirst ? 0 : choices.length - 1);
    if (offer === undefined) return;
    isFirst = false;
    try {
      await offer();
    } catch (error) {
      if (!isRemediable(error)) throw error;
      screen.failure(error);
    }
  }
}

async function offers(recipe: Recipe, context: OfferContext): Promise<Choice<Offer>[]> {
  const { services, ask } = context;
  const { output: disc } = recipe;
  const [canRun, burners, sticks] = await Promise.all([
    services.canRun(disc),
    services.listBurners(),
    services.listSticks(disc),
  ]);
  return [
    ...(canRun
      ? [{ title: 'try it in a virtual machine', value: () => services.runDisc(disc) }]
      : []),
    ...burners.map((drive) => ({
      title: `burn it, onto a blank disc in ${drive}`,
      value: () => services.burnDisc(disc, drive),
    })),
    ...sticks.map((stick) => ({
      title: `write it onto ${stickText(stick)}`,
      value: async () => {
        const persist = await ask.confirm('Keep changes on what is left of the stick?', false);
        await services.flashDisc(disc, stick.path, persist);
      },
    })),
    { title: 'save the answers as a recipe', value: () => saveRecipe(recipe, context) },
    { title: 'nothing more', value: undefined },
  ];
}

function stickText({ path, size, model }: Drive): string {
  return [path, formatBytes(size), ...(model === '' ? [] : [model])].join(', ');
}

async function saveRecipe(recipe: Recipe, { ask, screen, anyway }: OfferContext): Promise<void> {
  const file = await askFile('Write the recipe to', DEFAULT_RECIPE, ask);
  if (file === undefined) return;
  await writeTextFile(file.path, recipeText(recipe, file.path, anyway));
  for (const line of savedLines(file.path)) screen.say(line);
}
