import { SnapdiscError } from '../errors.js';

/**
 * Longest kernel command line in bytes. x86 kernels have room for 2,048 with the NUL
 * (COMMAND_LINE_SIZE in arch/x86/include/asm/setup.h); of a line of 2,047 isolinux 6.04 hands over
 * 2,046, and from about 2,060 on it starts nothing.
 */
export const MAX_COMMAND_LINE = 2046;

/** What is wrong with kernel parameters, as a clause, or undefined. Pure. */
export function parametersProblem(parameters: string): string | undefined {
  // A line break would start a new directive in the boot loader's configuration.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(parameters)) {
    return 'holds a line break or another control character';
  }
  const bytes = Buffer.byteLength(parameters, 'utf8');
  if (bytes <= MAX_COMMAND_LINE) return undefined;
  return `is ${bytes} bytes long; a kernel command line has room for ${MAX_COMMAND_LINE}`;
}

/**
 * Passes `parameters` on unchanged when a boot loader and a kernel can take them.
 * @throws SnapdiscError `usage.append`
 */
export function checkParameters(parameters: string): string {
  const problem = parametersProblem(parameters);
  if (problem === undefined) return parameters;
  throw new SnapdiscError('usage.append', `The kernel command line ${problem}.`, {
    hint: 'Change --append: parameters on one line, separated by spaces.',
  });
}
