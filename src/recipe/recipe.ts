import { z } from 'zod';
import { SnapdiscError } from '../errors.js';
import { GIB } from '../units.js';
import {
  destination,
  discDestination,
  headroom,
  idText,
  label,
  path,
  text,
  userName,
} from './fields.js';
import { parametersProblem } from './kernel-parameters.js';

/**
 * What to build. Flags fill it, the wizard fills it; nothing else decides what a disc looks like.
 */
const recipeSchema = z.strictObject({
  /** The root filesystem: a directory, an archive, or `-` for standard input. */
  source: path,
  /** Where the disc image goes. */
  output: path.refine(
    (value) => value !== '-',
    'must be a file: a disc image is not written in order',
  ),
  /** A directory for the disc's files, so that other tools can make something of them. */
  parts: path.optional(),
  /** Volume label, 1 to 32 of A-Z a-z 0-9 space _ - . */
  label: label.default('SNAPDISC'),
  /** Kernel version, such as 6.1.0-28-686; the newest without it. */
  kernel: text.optional(),
  /** Kernel parameters after our own. */
  append: z
    .string()
    .superRefine((value, context) => {
      const problem = parametersProblem(value);
      if (problem !== undefined) context.addIssue(problem);
    })
    .default(''),
  /** Bytes of room for changes at most; 0 gives an image that mounts with a bare loop. */
  headroomBytes: headroom.default(8 * GIB),
  /** How the init reads root.img: the drive's own sectors, or a loop device on the mounted ISO. */
  origin: z.enum(['direct', 'loop']).default('direct'),
  /** Where changes go: compressed RAM, or a plain RAM disk. */
  cow: z.enum(['zram', 'ram']).default('zram'),
  /** Globs of paths to leave out of the root filesystem. */
  exclude: z.array(text).default([]),
  /** Directories of this machine whose contents go onto the disc, beside root.img, below `to`. */
  discInclude: z.array(discDestination).default([]),
  /** A boot profile: what it names lies first on the disc, in its order. */
  profile: path.optional(),
  /** Our boot menu is replaced by the files of this directory. */
  isolinuxDir: path.optional(),
  /** Kernel and boot menu talk on the first serial port too. */
  serial: z.boolean().default(false),
  /** Made if it does not exist. */
  user: userName.optional(),
  /** For `user`, or for root without one. */
  password: z
    .string()
    .min(1, 'is empty')
    .max(512, 'is longer than 512 characters')
    // One line is what password hashing and login prompts read.
    .regex(/^[^\0\r\n]*$/, 'holds a line break or NUL')
    .optional(),
  autologin: z.boolean().default(false),
  /** Replace an output that exists. */
  force: z.boolean().default(false),
  initrdModules: z.array(text).default([]),
  initrdIncludes: z.array(destination).default([]),
  initrdHooks: z.array(path).default([]),
  /** Write checksums for live.check. */
  checksums: z.boolean().default(true),
  /** 300 KiB after the last file, which old drives read ahead into. */
  pad: z.boolean().default(true),
  publisher: idText(128).optional(),
  preparer: idText(128).optional(),
  applicationId: idText(128).default('SNAPDISC'),
  systemId: idText(32).default('LINUX'),
  volumeSetId: idText(128).optional(),
  /** Owners and modes of the ISO's own files: as on this machine, or root's and read-only. */
  isoOwners: z.enum(['given', 'rationalise']).default('rationalise'),
});

/** A checked recipe, every default filled in. */
export type Recipe = z.output<typeof recipeSchema>;
/** A recipe as flags or a file give it: sizes as text, `FROM:TO` strings, defaults left out. */
export type RecipeInput = z.input<typeof recipeSchema>;
export type RecipeField = keyof Recipe;

/** Every field's name, in the schema's order. */
export const recipeFields = Object.keys(recipeSchema.shape) as readonly RecipeField[];

/** One thing that is wrong with a recipe. */
export interface RecipeProblem {
  /** Undefined for a problem of the whole. */
  readonly field: RecipeField | undefined;
  /** A clause without its subject: "is not a size". */
  readonly message: string;
}

/** Names a field in a message; the command line names its flag. */
export type FieldName = (field: RecipeField) => string;

/**
 * Checks a recipe and fills in its defaults.
 * @throws SnapdiscError `usage.recipe` listing every problem, one a line
 */
export function parseRecipe(input: unknown, fieldName: FieldName = (field) => field): Recipe {
  const result = recipeSchema.safeParse(input, { error: missing });
  if (result.success) return result.data;
  const lines = result.error.issues.map(problemOf).map(({ field, message }) => {
    return `${field === undefined ? 'The recipe' : fieldName(field)} ${message}`;
  });
  const list =
    lines.length === 1 ? lines.join('') : `\n${lines.map((line) => `  - ${line}`).join('\n')}`;
  const count =
    lines.length === 1 ? 'This disc cannot be built: ' : `${lines.length} things are wrong:`;
  throw new SnapdiscError('usage.recipe', `${count}${list}`);
}

/** What is wrong with one field's value, as a clause, or undefined. For questions asked one by one. */
export function fieldProblem(field: RecipeField, value: unknown): string | undefined {
  return recipeSchema.shape[field].safeParse(value, { error: missing }).error?.issues[0]?.message;
}

function problemOf(issue: z.core.$ZodIssue): RecipeProblem {
  const [first, ...rest] = issue.path;
  const field = recipeFields.find((name) => name === first);
  // "exclude number 2": which one of several, counted as people do.
  const index = rest.find((part) => typeof part === 'number');
  const which = index === undefined ? '' : `number ${index + 1} `;
  const message =
    issue.code === 'unrecognized_keys' ? `has no field ${issue.keys.join(', ')}` : issue.message;
  return { field, message: which + message };
}

function missing(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined ? 'is missing' : `must be a ${issue.expected}`;
  }
  if (issue.code === 'invalid_value') return `must be one of: ${issue.values.join(', ')}`;
  return undefined;
}
