import { z } from 'zod';
import { SOURCE_DESCRIPTION } from './flags.js';
import { flagOf, keyOf } from './names.js';
import { OUTPUT_FIELDS, type RecipeField, recipeFields, recipeSchema } from './recipe.js';

/** What the keys of a recipe file and of the user's configuration may hold. */

/** What only one build can mean: no place for it in settings for all. */
const NOT_FOR_ALL: readonly RecipeField[] = ['source', ...OUTPUT_FIELDS];

/** A variant's name becomes a part of file names. */
const variantName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be a name of up to 64 letters, digits, . _ and -, beginning with a letter or digit',
  );

const axisName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'must be a name of up to 32 of a-z, 0-9 and -, beginning with a letter',
  );

const ARCH_VARIANTS = '{i386: {target-arch: i386}, x86_64: {target-arch: x86_64}}';
const NEEDS_VARIANTS = `needs variants with what each sets, such as ${ARCH_VARIANTS}`;
const NEEDS_AXES = `needs axes, such as {arch: ${ARCH_VARIANTS}}`;

/** By key, each with what it does. */
const SETTINGS: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  recipeFields.map((field) => {
    const key = keyOf(field);
    const meta = { id: key, description: description(field) };
    return [key, recipeSchema.shape[field].optional().meta(meta)];
  }),
);

const variant = z
  .strictObject(SETTINGS)
  .nullable()
  .describe('what this variant sets, above what the recipe and the axes before it set');

const axis = z
  .record(variantName, variant, NEEDS_VARIANTS)
  .refine((variants) => Object.keys(variants).length > 0, NEEDS_VARIANTS);

/** `snapdisc.yaml`. Nothing is required: flags and variables may give the rest. */
export const recipeFileSchema = z
  .strictObject({
    ...SETTINGS,
    matrix: z
      .record(axisName, axis, NEEDS_AXES)
      .optional()
      .describe(
        'axes and their variants: a disc for each combination; {axis} in texts is filled in',
      ),
  })
  .describe('What snapdisc builds.');

/** The user's `config.yaml`. */
export const userFileSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(SETTINGS).filter(([key]) => !NOT_FOR_ALL.some((field) => keyOf(field) === key)),
  ),
);

/** The schema of recipe files for editors and other programs: JSON Schema 2020-12. */
export function recipeJsonSchema(): object {
  const schema = z.toJSONSchema(recipeFileSchema, {
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema !== axisName && zodSchema !== variantName) allowAxes(jsonSchema);
    },
  });
  return { title: 'snapdisc recipe', ...schema };
}

/** What `{axis}` will become is not known yet. */
function allowAxes(schema: z.core.JSONSchema.BaseSchema): void {
  const { pattern, allOf, minLength, maxLength } = schema;
  const patterns = [pattern, ...(allOf ?? []).map((part) => part.pattern)];
  if (patterns.every((each) => each === undefined || new RegExp(each).test('{axis}'))) return;
  const plain = Object.entries({ minLength, maxLength, pattern, allOf });
  for (const key of ['type', ...plain.map(([name]) => name)]) delete schema[key];
  schema.anyOf = [
    { type: 'string', ...Object.fromEntries(plain.filter(([, value]) => value !== undefined)) },
    { type: 'string', pattern: '\\{[a-z][a-z0-9-]*\\}' },
  ];
}

/** What the flag does, in the words of a key. */
function description(field: RecipeField): string {
  const flag = flagOf(field);
  if (flag === undefined) return SOURCE_DESCRIPTION;
  const text = flag.description.replace('; repeatable', '');
  return flag.kind === 'off' ? `false: ${text}` : text;
}
