import { fromPrintable, printable } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import {
  hasBlocks,
  PROFILE_KINDS,
  type Profile,
  type ProfileEntry,
  type ProfileKind,
  profileOf,
} from './profile.js';

/** A profile as a text file, a line for each access: docs/optical.md describes it. Pure. */

const HEADER = 'snapdisc-profile 1';
const COLUMNS = '# seconds what blocks path';

/** Bytes and characters: a large system's boot makes some hundred thousand. */
export const MAX_PROFILE_LENGTH = 64 * 1024 * 1024;
const MAX_LINES = 1_000_000;
const MAX_BLOCK = 2 ** 32 - 1;
const MAX_PATH = 4096;
/** Lines that an error names. */
const NAMED_PROBLEMS = 10;

// A kernel's trace has the seconds since its start, nine digits of them and rounded up.
const LINE = /^(\d{1,10})(?:\.(\d{1,3}))? ([a-z]+[123]?) (-|\d{1,10}(?:-\d{1,10})?) (\/.*)$/s;
const KINDS: ReadonlySet<string> = new Set(PROFILE_KINDS);

/** @throws SnapdiscError `usage.profile` for one that `parseProfile` would not take. */
export function formatProfile({ entries }: Profile): string {
  // The two above them, and what follows the last line's end.
  const lineCount = entries.length + 3;
  if (lineCount > MAX_LINES) throw tooLarge(`${lineCount} lines, more than ${MAX_LINES}`);
  const lines = entries.map(({ milliseconds, kind, path, first, count }) => {
    const last = first + count - 1;
    const range = count === 1 ? `${first}` : `${first}-${last}`;
    const blocks = hasBlocks(kind) ? range : '-';
    return `${(milliseconds / 1000).toFixed(3)} ${kind} ${blocks} /${printable(path)}`;
  });
  const text = `${[HEADER, COLUMNS, ...lines].join('\n')}\n`;
  if (Buffer.byteLength(text) > MAX_PROFILE_LENGTH) throw tooLarge('over 64 MiB');
  return text;
}

/**
 * Reads a profile's text. Times may be in any order and ranges may overlap: the first access counts.
 * @throws SnapdiscError `usage.profile` that names the first lines that are wrong.
 */
export function parseProfile(text: string): Profile {
  if (text.length > MAX_PROFILE_LENGTH) throw wrong(['it is longer than 64 MiB']);
  const lines = text.split(/\r?\n/, MAX_LINES + 1);
  if (lines.length > MAX_LINES) throw wrong([`it has more than ${MAX_LINES} lines`]);
  if (lines[0] !== HEADER) throw wrong([`line 1 is not "${HEADER}"`]);
  const problems: string[] = [];
  const entries: ProfileEntry[] = [];
  lines.forEach((line, index) => {
    if (index === 0 || line.trim() === '' || line.startsWith('#')) return;
    const entry = parseLine(line);
    if (typeof entry !== 'string') entries.push(entry);
    else if (problems.length < NAMED_PROBLEMS) problems.push(`line ${index + 1}: ${entry}`);
  });
  if (problems.length > 0) throw wrong(problems);
  return profileOf(entries);
}

/** The entry, or what is wrong with it. */
function parseLine(line: string): ProfileEntry | string {
  const match = LINE.exec(line);
  if (match === null) return 'not "SECONDS WHAT BLOCKS /PATH"';
  const [, seconds = '', fraction = '', kind = '', range = '', shown = ''] = match;
  if (!isKind(kind)) return `"${kind}" is none of ${PROFILE_KINDS.join(', ')}`;
  const path = fromPrintable(shown.slice(1));
  if (path === undefined) return 'a backslash in the path begins no \\xNN';
  const problem = pathProblem(path);
  if (problem !== undefined) return problem;
  if (hasBlocks(kind) === (range === '-')) {
    return `${kind} has ${hasBlocks(kind) ? 'blocks FIRST-LAST' : 'no blocks, but a -'}`;
  }
  const [first = 0, last = first] = range === '-' ? [] : range.split('-').map(Number);
  if (last < first) return `the blocks ${range} end before they begin`;
  if (last > MAX_BLOCK) return `there is no block ${last}`;
  if (kind.startsWith('indirect') && last > first) return 'an indirect block comes alone';
  const milliseconds = Number(seconds) * 1000 + Number(fraction.padEnd(3, '0'));
  return { milliseconds, kind, path, first, count: last - first + 1 };
}

function isKind(kind: string): kind is ProfileKind {
  return KINDS.has(kind);
}

function pathProblem(path: string): string | undefined {
  if (path.length > MAX_PATH) return `the path has more than ${MAX_PATH} bytes`;
  if (path.includes('\0')) return 'the path has a NUL byte';
  const isPlain = path === '' || path.split('/').every((name) => !['', '.', '..'].includes(name));
  return isPlain ? undefined : 'the path has an empty name, "." or ".."';
}

function tooLarge(size: string): SnapdiscError {
  return new SnapdiscError('usage.profile', `The boot profile would have ${size}.`, {
    hint: 'Leave out what need not lie first, with --exclude or snapdisc profile remove.',
  });
}

function wrong(problems: readonly string[]): SnapdiscError {
  return new SnapdiscError('usage.profile', `This is no boot profile: ${problems.join('; ')}.`, {
    hint: 'snapdisc profile DISC -o FILE makes one; docs/optical.md describes its lines.',
  });
}
