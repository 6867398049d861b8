import { z } from 'zod';
import { MEDIUM_NAMES } from '../media/medium.js';
import { PACKED_FORMATS } from '../packed-root/formats.js';
import { GIB } from '../units.js';
import {
  destination,
  discDestination,
  glob,
  headroom,
  idText,
  label,
  memory,
  mirror,
  packageNames,
  password,
  path,
  source,
  text,
  userName,
} from './fields.js';
import { parametersProblem } from './kernel-parameters.js';
import { describeIssue, problemsOf, recipeError, whichOne } from './problems.js';

/**
 * What to build. Flags, variables, files and the wizard fill it; nothing else decides what a disc
 * looks like.
 */
export const recipeSchema = z.strictObject({
  /** The root filesystem: a directory, an archive, `-` for standard input, or `debian:SUITE`. */
  source,
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
  /**
   * How the init reads root.img: the drive's own sectors, or a loop device on the mounted ISO. Without it, direct,
   * unless root.img is compressed.
   */
  origin: z.enum(['direct', 'loop']).optional(),
  /** A compressed file system on the disc with root.img in it. */
  compress: z.enum(['none', ...PACKED_FORMATS]).default('none'),
  /** Where changes go: compressed RAM, or a plain RAM disk. */
  cow: z.enum(['zram', 'ram']).default('zram'),
  /** Packages for a Debian that is bootstrapped, beyond those that a live system needs. */
  bootstrapInclude: z.array(packageNames).default([]),
  /** Where its packages come from; Debian's own addresses without it. */
  bootstrapMirror: mirror.optional(),
  /** Globs of paths to leave out of the root filesystem. */
  exclude: z.array(glob).default([]),
  /** Directories of this machine whose contents go onto the disc, beside root.img, below `to`. */
  discInclude: z.array(discDestination).default([]),
  /** A boot profile: what it names lies first on the disc, in its order. */
  profile: path.optional(),
  /** A sort file of mkisofs: which files of the disc lie before which. */
  sort: path.optional(),
  /** Our boot menu is replaced by the files of this directory. */
  isolinuxDir: path.optional(),
  /** Kernel and boot menu talk on the first serial port too. */
  serial: z.boolean().default(false),
  /** Made if it does not exist. */
  user: userName.optional(),
  /** For `user`, or for root without one. */
  password: password.optional(),
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
  /** What the disc image goes onto: it must fit. */
  targetMedium: z.enum(MEDIUM_NAMES).optional(),
  /** Memory of the machine that the disc is made for. */
  targetMemoryMiB: memory.optional(),
  /** Its processor. */
  targetArch: z.enum(['i386', 'x86_64']).optional(),
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

/** What a build writes: no two builds can share it. */
export const OUTPUT_FIELDS = ['output', 'parts'] as const satisfies readonly RecipeField[];

/** The paths that a build of `recipe` writes. */
export function outputsOf(recipe: Recipe): string[] {
  return OUTPUT_FIELDS.flatMap((field) => recipe[field] ?? []);
}

/** Names a field in a message; the command line names its flag. */
export type FieldName = (field: RecipeField) => string;

/** Values of some fields, unchecked. */
export type RecipeValues = Readonly<Partial<Record<RecipeField, unknown>>>;

/**
 * Checks a recipe and fills in its defaults.
 * @throws SnapdiscError `usage.recipe` listing every problem, one a line
 */
export function parseRecipe(input: unknown, fieldName: FieldName = (field) => field): Recipe {
  const result = recipeSchema.safeParse(input, { error: describeIssue });
  if (!result.success) throw recipeError(problemLines(result.error, fieldName));
  const contradictions = contradictionLines(result.data, fieldName);
  if (contradictions.length > 0) throw recipeError(contradictions);
  return result.data;
}

/** Values that are right alone and wrong together. */
function contradictionLines({ compress, origin }: Recipe, fieldName: FieldName): string[] {
  if (compress === 'none' || origin !== 'direct') return [];
  return [
    `${fieldName('origin')} direct is not possible with ${fieldName('compress')} ${compress}: what is compressed has no sectors of the drive`,
  ];
}

/** What is wrong with the values that are there, each named by `fieldName`. Pure. */
export function valueProblems(values: RecipeValues, fieldName: FieldName): string[] {
  const partial = recipeSchema.partial().safeParse(values, { error: describeIssue });
  return partial.success ? [] : problemLines(partial.error, fieldName);
}

/** What is wrong with one field's value, as a clause, or undefined. For questions asked one by one. */
export function fieldProblem(field: RecipeField, value: unknown): string | undefined {
  const result = recipeSchema.shape[field].safeParse(value, { error: describeIssue });
  return result.error?.issues[0]?.message;
}

/** A field's value as a recipe holds it, its default for undefined; undefined for a wrong one. */
export function fieldValue(field: RecipeField, value: unknown): unknown {
  return recipeSchema.shape[field].safeParse(value).data;
}

/** The values that a field takes, where these are a few words; else undefined. */
export function fieldChoices(field: RecipeField): readonly string[] | undefined {
  let schema: unknown = recipeSchema.shape[field];
  while (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    schema = schema.unwrap();
  return schema instanceof z.ZodEnum ? schema.options.map(String) : undefined;
}

/** The value of every field that has a default. */
export function defaultValues(): RecipeValues {
  const values = recipeFields.map((field) => [field, fieldValue(field, undefined)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function problemLines(error: z.ZodError, fieldName: FieldName): string[] {
  return problemsOf(error).map(({ path: [first, ...rest], message }) => {
    const field = recipeFields.find((name) => name === first);
    return `${field === undefined ? 'The recipe' : fieldName(field)}${whichOne(rest)} ${message}`;
  });
}
