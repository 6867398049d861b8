import { SnapdiscError } from '../errors.js';

/**
 * Several discs from one recipe: each axis of a matrix has variants, and a disc is one variant of
 * each. Pure.
 */

/** Axes and their variants, in the order of the file. */
export type Axes = ReadonlyMap<string, readonly string[]>;
/** For each axis its variant. Empty for a recipe without a matrix. */
export type Choice = ReadonlyMap<string, string>;

/** More are a mistake, and would take days. */
export const MAX_DISCS = 256;

/** How many discs a matrix makes. */
export function countDiscs(axes: Axes): number {
  return [...axes.values()].reduce((product, variants) => product * variants.length, 1);
}

/** Every combination, the last axis changing fastest. One empty choice without axes. */
export function choicesOf(axes: Axes): Choice[] {
  let choices: Choice[] = [new Map()];
  for (const [axis, variants] of axes) {
    choices = choices.flatMap((choice) =>
      variants.map((variant) => new Map([...choice, [axis, variant]])),
    );
  }
  return choices;
}

/** `i386-rescue`; empty without axes. */
export function choiceName(choice: Choice): string {
  return [...choice.values()].join('-');
}

/** Puts the variants' names in the place of `{axis}`, in texts at any depth. Other braces stay. */
export function fillIn(value: unknown, choice: Choice): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{([^{}]*)\}/g, (whole, axis: string) => choice.get(axis) ?? whole);
  }
  if (Array.isArray(value)) return value.map((item) => fillIn(item, choice));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fillIn(item, choice)]),
  );
}

/**
 * The discs that `AXIS=VARIANT` texts name: one of those given for an axis, of each axis given.
 * @throws SnapdiscError `usage.only`
 */
export function selectDiscs<T extends { readonly choice: Choice }>(
  discs: readonly T[],
  only: readonly string[],
): readonly T[] {
  const wanted = only.map((text) => {
    const [axis = '', ...rest] = text.split('=');
    const variant = rest.join('=');
    if (discs.some(({ choice }) => choice.get(axis) === variant)) return { axis, variant };
    const pairs = discs.flatMap(({ choice }) => [...choice].map((pair) => pair.join('=')));
    throw new SnapdiscError('usage.only', `--only ${text}: no disc of the recipe is that.`, {
      hint:
        pairs.length === 0
          ? 'Only a recipe with a matrix makes several discs.'
          : `There are ${[...new Set(pairs)].join(', ')}.`,
    });
  });
  return discs.filter(({ choice }) =>
    wanted.every(({ axis }) =>
      wanted.some((each) => each.axis === axis && choice.get(axis) === each.variant),
    ),
  );
}
