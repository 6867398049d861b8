import { isDeepStrictEqual } from 'node:util';
import { MIB } from '../units.js';
import { type Destination, formatDestination } from './destination.js';
import { defaultValues, type Recipe, type RecipeField, type RecipeValues } from './recipe.js';
import { formatSize } from './size.js';

/**
 * The flags of `snapdisc build`: how a recipe is written as a command line. One table, for the
 * command line's parser, for the wizard's "this command repeats it", for messages and for the
 * documentation.
 */
export interface RecipeFlag {
  readonly field: RecipeField;
  /** As commander reads it: `-o, --output <file>`. */
  readonly flags: string;
  /**
   * `value`: text. `path`: where something is on this machine. `list`, `paths`: the same,
   * repeatable. `destinations`: `FROM[:TO]`, repeatable. `on`: sets true. `off`: `--no-...`, sets false.
   */
  readonly kind: 'value' | 'list' | 'path' | 'paths' | 'destinations' | 'on' | 'off';
  readonly description: string;
  readonly group: string;
}

const flag = (
  group: string,
  field: RecipeField,
  flags: string,
  kind: RecipeFlag['kind'],
  description: string,
): RecipeFlag => ({ field, flags, kind, description, group });

/** The one field that is an argument. */
export const SOURCE_DESCRIPTION =
  'the root filesystem: a directory, a tar archive, - for an archive on standard input, or a Debian to be bootstrapped, such as debian:bookworm';

const DISC = 'The disc:';
const BOOTSTRAP = 'A Debian that is fetched (debian:bookworm), for --target-arch:';
const SYSTEM = 'The running system:';
const BOOT = 'Booting:';
const TARGET = 'What it is for; run and verify try it in such a machine:';
const ISO = "The ISO's own fields:";

export const RECIPE_FLAGS: readonly RecipeFlag[] = [
  flag(DISC, 'output', '-o, --output <file>', 'path', 'the disc image to write'),
  flag(
    DISC,
    'parts',
    '--parts <dir>',
    'path',
    'also write the kernel, the initrd, root.img, the boot menu and their SHA256SUMS to a new directory',
  ),
  flag(DISC, 'label', '--label <text>', 'value', 'volume label, up to 32 characters (SNAPDISC)'),
  flag(DISC, 'exclude', '--exclude <glob>', 'list', 'leave these paths out; repeatable'),
  flag(
    DISC,
    'discInclude',
    '--disc-include <dir[:path]>',
    'destinations',
    'copy what is in a directory onto the disc, below path (its top), beside the root filesystem; repeatable',
  ),
  flag(
    DISC,
    'profile',
    '--profile <file>',
    'path',
    'a boot profile (snapdisc profile): what it names lies first, in its order',
  ),
  flag(
    DISC,
    'sort',
    '--sort <file>',
    'path',
    "order the disc's files by the weights in a sort file, as mkisofs takes it: higher ones lie first",
  ),
  flag(
    DISC,
    'compress',
    '--compress <how>',
    'value',
    'put root.img into a compressed file system, for systems that do not fit a disc: none, squashfs or erofs (none)',
  ),
  flag(DISC, 'force', '-f, --force', 'on', 'replace an output that exists'),
  flag(DISC, 'checksums', '--no-checksums', 'off', 'write no checksums for checking the disc'),
  flag(DISC, 'pad', '--no-pad', 'off', 'no 300 KiB of padding at the end'),

  flag(
    BOOTSTRAP,
    'bootstrapInclude',
    '--bootstrap-include <packages>',
    'list',
    'more packages, with commas between them; repeatable',
  ),
  flag(
    BOOTSTRAP,
    'bootstrapMirror',
    '--bootstrap-mirror <url>',
    'value',
    'where packages are fetched from',
  ),

  flag(SYSTEM, 'user', '--user <name>', 'value', 'make this user, who may administer the system'),
  flag(
    SYSTEM,
    'password',
    '--password <text>',
    'value',
    'for the user, or for root without --user; - reads a line from standard input; see also SNAPDISC_PASSWORD',
  ),
  flag(SYSTEM, 'autologin', '--autologin', 'on', 'log in at the consoles without a password'),
  flag(
    SYSTEM,
    'headroomBytes',
    '--headroom <size>',
    'value',
    'room for changes at most, as far as the store in memory goes; takes no bytes of the disc; 0 for none (8G)',
  ),
  flag(
    SYSTEM,
    'cow',
    '--cow <store>',
    'value',
    'where changes go: zram, compressed, or ram, not compressed (zram)',
  ),
  flag(
    SYSTEM,
    'origin',
    '--origin <way>',
    'value',
    "how the disc is read: direct, from the drive's sectors, or loop, through the ISO 9660 filesystem (direct; with --compress loop only)",
  ),

  flag(
    BOOT,
    'kernel',
    '--kernel <version>',
    'value',
    'which kernel, if there are several (newest)',
  ),
  flag(BOOT, 'append', '--append <parameters>', 'value', 'more kernel parameters'),
  flag(BOOT, 'serial', '--serial', 'on', 'use the first serial port as a console too'),
  flag(
    BOOT,
    'isolinuxDir',
    '--isolinux-dir <dir>',
    'path',
    'a boot menu of your own instead of ours; see docs/isolinux.md',
  ),
  flag(
    BOOT,
    'initrdModules',
    '--initrd-module <name>',
    'list',
    'a further kernel module for the initrd; repeatable',
  ),
  flag(
    BOOT,
    'initrdIncludes',
    '--initrd-include <file[:path]>',
    'destinations',
    'a further file for the initrd; repeatable',
  ),
  flag(
    BOOT,
    'initrdHooks',
    '--initrd-hook <script>',
    'paths',
    'a script the initrd runs before it starts the system; repeatable',
  ),

  flag(
    TARGET,
    'targetMedium',
    '--target-medium <medium>',
    'value',
    'what the disc image goes onto: cd-650, cd-700, dvd or usb; it is not built where it does not fit',
  ),
  flag(
    TARGET,
    'targetMemoryMiB',
    '--target-memory <size>',
    'value',
    'memory of the machine; MiB without a unit',
  ),
  flag(TARGET, 'targetArch', '--target-arch <arch>', 'value', 'its processor: i386 or x86_64'),

  flag(ISO, 'publisher', '--publisher <text>', 'value', 'publisher identifier'),
  flag(ISO, 'preparer', '--preparer <text>', 'value', 'data preparer identifier'),
  flag(
    ISO,
    'applicationId',
    '--application-id <text>',
    'value',
    'application identifier (SNAPDISC)',
  ),
  flag(ISO, 'systemId', '--system-id <text>', 'value', 'system identifier (LINUX)'),
  flag(ISO, 'volumeSetId', '--volume-set-id <text>', 'value', 'volume set identifier'),
  flag(
    ISO,
    'isoOwners',
    '--iso-owners <how>',
    'value',
    'owners of the files beside the root filesystem: given, as they are, or rationalise, to root and readable by all (rationalise)',
  ),
];

/** `--headroom` of `-h, --headroom <size>`. */
export function longFlag({ flags }: RecipeFlag): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

/** `--headroom` for `headroomBytes`: what messages call a field. */
export function flagName(field: RecipeField): string {
  const found = RECIPE_FLAGS.find((flag) => flag.field === field);
  return found === undefined ? field : longFlag(found);
}

/** A password in a command line shows in process lists and histories: write `--password=-`. */
export type PasswordStyle = 'shown' | 'asked';

/**
 * The arguments of `snapdisc` that give this recipe: the inverse of parsing the flags, without
 * those that say what is so anyway. Pure. A password `-` can only be `asked`.
 * @param anyway what is so without flags: the defaults, and what variables and files set.
 */
export function recipeToArgv(
  recipe: Recipe,
  password: PasswordStyle = 'asked',
  anyway: RecipeValues = defaultValues(),
): string[] {
  const argv = ['build'];
  for (const flag of RECIPE_FLAGS) {
    const { field } = flag;
    const value = recipe[field];
    // The output has no default: it is always written out.
    if (value === undefined || (field !== 'output' && isDeepStrictEqual(value, anyway[field]))) {
      continue;
    }
    const long = longFlag(flag);
    const name = long.replace(/^--(?:no-)?/, '');
    if (typeof value === 'boolean') argv.push(value ? `--${name}` : `--no-${name}`);
    else if (field === 'password' && password === 'asked') argv.push(`${long}=-`);
    else argv.push(...[valueTexts(field, value)].flat().map((text) => `${long}=${text}`));
  }
  // A name that begins with a dash is no option after "--"; "-" alone never is one.
  const looksLikeFlag = recipe.source.startsWith('-') && recipe.source !== '-';
  return [...argv, ...(looksLikeFlag ? ['--'] : []), recipe.source];
}

/** A field's value as people write it: `8G`, `docs:/docs`; those of a list each. Pure. */
export function valueTexts(field: RecipeField, value: unknown): string | readonly string[] {
  if (field === 'headroomBytes') return formatSize(Number(value));
  if (field === 'targetMemoryMiB') return formatSize(Number(value) * MIB);
  if (!Array.isArray(value)) return String(value);
  return value.map((item: string | Destination) =>
    typeof item === 'string' ? item : formatDestination(item),
  );
}
