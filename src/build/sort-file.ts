import { readFile, stat } from 'node:fs/promises';
import { type ByteString, byteString } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { compileName, matchesName, type NamePattern } from '../rootfs/glob.js';
import { systemReason } from '../system-error.js';
import { MIB } from '../units.js';

/** A line of a sort file: files with a higher weight lie before those with a lower one. */
export interface SortRule {
  /** As it stands in the file. */
  readonly path: ByteString;
  /** A pattern for each name of the path. */
  readonly names: readonly NamePattern[];
  readonly weight: number;
}

const MAX_SIZE = MIB;
/** Lines that an error names. */
const NAMED_PROBLEMS = 10;
/** The weight is behind the last blank, so that names may have blanks. */
const LINE = /^(.*\S)[ \t]+([+-]?\d{1,9})$/s;

/**
 * Reads a sort file as mkisofs takes it (`-sort`, README.sort): a path and a weight a line. The path may
 * begin with `/` or `./` and have wildcards in its names. Pure.
 * @throws SnapdiscError `usage.sort` that names the first lines that are wrong.
 */
export function parseSortFile(text: ByteString): SortRule[] {
  const problems: string[] = [];
  const rules: SortRule[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const [, path = '', weight = ''] = LINE.exec(line) ?? [];
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    if (names.length > 0 && !names.includes('..')) {
      rules.push({ path, names: names.map(compileName), weight: Number(weight) });
    } else if (problems.length < NAMED_PROBLEMS) {
      problems.push(`line ${index + 1} is no path with a weight behind it`);
    }
  });
  if (problems.length === 0) return rules;
  throw new SnapdiscError('usage.sort', `This is no sort file: ${problems.join('; ')}.`, {
    hint: 'A line of it looks like: isolinux/isolinux.bin 1000',
  });
}

/** @throws SnapdiscError `usage.sort` */
export async function readSortFile(path: string): Promise<SortRule[]> {
  try {
    if ((await stat(path)).size > MAX_SIZE) throw new Error('it is over 1 MiB');
    return parseSortFile(byteString(await readFile(path)));
  } catch (cause) {
    if (!(cause instanceof SnapdiscError)) {
      const reason = systemReason(cause);
      throw new SnapdiscError('usage.sort', `${path} cannot be read: ${reason}.`, {
        hint: 'Check the path, the permissions of the file, and what is in it.',
        cause,
      });
    }
    const details = cause.hint === undefined ? {} : { hint: cause.hint };
    throw new SnapdiscError(cause.code, `${path}: ${cause.message}`, { ...details, cause });
  }
}

/**
 * The weight of a path: that of the last rule that matches it, else that of its directory; undefined
 * without any. Pure.
 */
export function sortWeight(rules: readonly SortRule[], path: ByteString): number | undefined {
  const names = namesOf(path);
  for (let depth = names.length; depth > 0; depth--) {
    const rule = rules.findLast((rule) => matches(rule, names, depth));
    if (rule !== undefined) return rule.weight;
  }
  return undefined;
}

/** The rules that are for none of these paths, nor for a directory of theirs. Pure. */
export function idleRules(rules: readonly SortRule[], paths: readonly ByteString[]): SortRule[] {
  const all = paths.map(namesOf);
  return rules.filter((rule) => !all.some((names) => matches(rule, names, rule.names.length)));
}

function namesOf(path: ByteString): ByteString[] {
  return path.split('/').filter((name) => name !== '');
}

/** Whether a rule is for the first `depth` names. */
function matches(rule: SortRule, names: readonly ByteString[], depth: number): boolean {
  return (
    rule.names.length === depth &&
    rule.names.every((pattern, at) => matchesName(pattern, names[at] ?? ''))
  );
}
