import { z } from 'zod';
import { SnapdiscError } from '../errors.js';
import { debianSourceProblem, isPackageList } from '../rootfs/debian/debian-source.js';
import { MAX_PASSWORD_BYTES } from '../rootfs/login/password-limit.js';
import { compilePath } from '../rootfs/path-pattern.js';
import { parseDestination } from './destination.js';
import { parseMemory, parseSize } from './size.js';

/** The kinds of values a recipe holds, each with what can be wrong with it, as a clause. */

/** An ext2 of 4 KiB blocks ends at 16 TiB; half of it leaves room for any root filesystem. */
const MAX_HEADROOM = 8 * 1024 ** 4;
/** More than any machine that needs a disc to start from. */
const MAX_MEMORY_MIB = 1024 ** 2;

/** Non-empty text without NUL, which neither an argument nor a path can carry. */
export const text = z
  .string()
  .min(1, 'is empty')
  .regex(/^[^\0]*$/, 'holds a NUL character');

/** A path on this machine. */
export const path = text;

/** The root filesystem: a path, or a release of Debian to be bootstrapped. */
export const source = path.superRefine((value, context) => {
  const problem = debianSourceProblem(value);
  if (problem !== undefined) context.addIssue(problem);
});

/** A Debian package, or several with commas between them. */
export const packageNames = z
  .string()
  .refine(isPackageList, "must be names of Debian's packages, with commas between them");

/** Where packages are fetched from. */
export const mirror = z
  .string()
  .regex(
    /^(?:https?|ftp|file):\/\/\S+$/,
    'must be an address, such as http://deb.debian.org/debian',
  );

/**
 * A volume label: 32 bytes (ECMA-119 8.4.7), from the relaxed set that Linux, Windows and macOS
 * show as it is.
 */
export const label = z
  .string()
  .min(1, 'is empty')
  .max(32, 'is longer than 32 characters')
  .regex(/^[A-Za-z0-9 _.-]*$/, 'may hold only letters A to Z, digits, space, _ . and -')
  .regex(/^(?! )(?!.* $)/, 'begins or ends with a space');

/** An identifier of the primary volume descriptor, at most `bytes` long (ECMA-119 8.4). */
export const idText = (bytes: number) =>
  z
    .string()
    .refine((value) => Buffer.byteLength(value) <= bytes, `is longer than ${bytes} bytes`)
    .regex(/^[ -~]*$/, 'may hold only printable ASCII')
    // It would say that the rest names a file (ECMA-119 8.4.20 to 8.4.22).
    .regex(/^(?!_)/, 'begins with an underscore');

/** What `excludePaths` takes. */
export const glob = text.superRefine((value, context) => {
  if (value === '') return;
  try {
    compilePath(value);
  } catch (error) {
    if (!(error instanceof SnapdiscError)) throw error;
    context.addIssue(`matches no path: ${error.hint}`);
  }
});

const passwordTooLong = `is longer than ${MAX_PASSWORD_BYTES} bytes`;

/** One line is what password hashing and login prompts read. */
export const password = z
  .string()
  .min(1, 'is empty')
  // So many characters have at least as many bytes, which a JSON schema cannot count.
  .max(MAX_PASSWORD_BYTES, passwordTooLong)
  .refine(
    (value) => value.length > MAX_PASSWORD_BYTES || Buffer.byteLength(value) <= MAX_PASSWORD_BYTES,
    passwordTooLong,
  )
  .regex(/^[^\0\r\n]*$/, 'holds a line break or NUL');

/** A login name, as useradd takes them on Debian. */
export const userName = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_-]{0,31}$/,
    'must be 1 to 32 of a-z, 0-9, _ and -, beginning with a letter or _',
  );

const sizeOrText = z.union([z.number(), z.string()], 'must be a size, such as 8G or 512M');

/** A number, or text that `parse` reads as one; `problem` tells what is wrong with it, if anything. */
const size = (parse: (text: string) => number, problem: (value: number) => string | undefined) =>
  sizeOrText.transform((value, context) => {
    const fail = (message: string) => {
      context.addIssue({ code: 'custom', message, input: value });
      return z.NEVER;
    };
    try {
      const read = typeof value === 'string' ? parse(value) : value;
      const wrong = problem(read);
      return wrong === undefined ? read : fail(wrong);
    } catch (error) {
      if (!(error instanceof SnapdiscError)) throw error;
      return fail(`has a wrong value: ${error.message}. ${error.hint}`);
    }
  });

/** Bytes, or text that `parseSize` reads. */
export const headroom = size(parseSize, (bytes) => {
  if (!Number.isSafeInteger(bytes) || bytes < 0) return 'must be whole bytes, 0 or more';
  return bytes > MAX_HEADROOM ? 'is over 8T' : undefined;
});

/** MiB, or text that `parseMemory` reads. */
export const memory = size(parseMemory, (mebibytes) => {
  if (!Number.isSafeInteger(mebibytes) || mebibytes < 1) return 'must be whole MiB, at least 1';
  return mebibytes > MAX_MEMORY_MIB ? 'is over 1T' : undefined;
});

const destinationObject = z.strictObject({ from: path, to: text.optional() });

/** `{from, to}` or the text of one; `to` is absolute. */
export const destination = z
  .union(
    [z.string().transform(parseDestination), destinationObject],
    'must be FROM or FROM:TO, or keys from and to',
  )
  .pipe(destinationObject)
  .refine(
    ({ to }) => to === undefined || isCleanAbsolute(to),
    'needs an absolute path after the colon, without . or ..',
  );

/** The same on the disc, whose top is where contents without `to` go. */
export const discDestination = destination.transform(({ from, to }) => ({ from, to: to ?? '/' }));

function isCleanAbsolute(path: string): boolean {
  if (path === '/') return true;
  return path
    .split('/')
    .every((part, index) => (index === 0 ? part === '' : !['', '.', '..'].includes(part)));
}
