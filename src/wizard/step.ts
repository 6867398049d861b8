import type { Services } from '../cli/services.js';
import { fieldProblem, type RecipeField, type RecipeValues } from '../recipe/recipe.js';
import type { Answers } from './answers.js';
import type { Candidate } from './candidates.js';
import type { Asker, Validate } from './questions.js';
import type { WizardScreen } from './screen.js';

/** What a step needs to ask its question. */
export interface StepContext {
  readonly ask: Asker;
  readonly screen: WizardScreen;
  readonly services: Pick<Services, 'examineSource'>;
  readonly candidates: readonly Candidate[];
  /** What variables and the user's configuration set. */
  readonly anyway: RecipeValues;
}

/** One question, or a few that belong together; takes and gives all answers. */
export interface Step {
  /** For "what to change". */
  readonly title: string;
  readonly run: (answers: Answers, context: StepContext) => Promise<Answers>;
}

/** The recipe's own rule for a field, as a sentence. */
export function valid(field: RecipeField): Validate {
  return (answer) => {
    const problem = fieldProblem(field, field === 'password' ? answer : answer.trim());
    return problem === undefined ? true : `That ${problem}.`;
  };
}

/** The same, and nothing at all is right, too. */
export function validOrEmpty(field: RecipeField): Validate {
  return (answer) => (answer.trim() === '' ? true : valid(field)(answer));
}
