import { type ByteString, printable } from '../bytes.js';
import type { IsoDevice, IsoDirectory, IsoFile, IsoNode } from './nodes.js';
import { isUint32 } from './option-problems.js';
import { MAX_DIRECTORIES } from './path-table.js';
import { MAX_FILE_SIZE } from './sections.js';

/** What of a tree cannot be stored, as full sentences; nothing here throws, nothing recurses. */

const MAX_NAME = 255;
/** Linux gives a symlink's target one page (fs/isofs/rock.c, rock_ridge_symlink_read_folio). */
const MAX_TARGET = 4095;

/** Every problem of the tree, each with the path of the node it is about. */
export function treeProblems(root: IsoDirectory): string[] {
  const problems = nodeProblems(root).map((problem) => `/: ${problem}`);
  const seen = new Set<IsoDirectory>([root]);
  const pending: { path: ByteString; directory: IsoDirectory }[] = [{ path: '', directory: root }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [name, node] of next.directory.entries) {
      const path = `${next.path}/${name}`;
      const found = [...nameProblems(name), ...nodeProblems(node)];
      if (node.kind === 'directory') {
        // Also what keeps this walk from going round in circles.
        if (seen.has(node)) found.push('this directory is in the tree more than once.');
        else pending.push({ path, directory: node });
        seen.add(node);
      }
      problems.push(...found.map((problem) => `${printable(path)}: ${problem}`));
    }
  }
  if (seen.size > MAX_DIRECTORIES) {
    problems.push(`The path table holds ${MAX_DIRECTORIES} directories, not ${seen.size}.`);
  }
  return problems;
}

/** Problems of a file that is only in the order, and so has no path. */
export function unlistedFileProblems(file: IsoFile): string[] {
  return nodeProblems(file).map((problem) => `A file without a name: ${problem}`);
}

function nameProblems(name: ByteString): string[] {
  const problems: string[] = [];
  if (!isBytes(name)) problems.push('a name must be a ByteString, one character for each byte.');
  if (name.length < 1 || name.length > MAX_NAME) {
    problems.push(`a name must have 1 to ${MAX_NAME} bytes, not ${name.length}.`);
  }
  if (name === '.' || name === '..' || /[/\0]/.test(name)) {
    problems.push("a name must not be '.' or '..' or contain a slash or a zero byte.");
  }
  return problems;
}

function nodeProblems(node: IsoNode): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(node.mode) || node.mode < 0 || node.mode > 0o7777) {
    problems.push(`the mode ${node.mode} must be permission bits only, 0 to 07777.`);
  }
  if (!isUint32(node.uid) || !isUint32(node.gid)) {
    problems.push(`the owner ${node.uid}:${node.gid} does not fit 32 bits.`);
  }
  if (!Number.isFinite(node.mtime.seconds)) problems.push('the modification time is no number.');
  if (node.kind === 'file') problems.push(...fileProblems(node));
  if (node.kind === 'symlink') problems.push(...targetProblems(node.target));
  if (node.kind === 'block' || node.kind === 'char') problems.push(...deviceProblems(node));
  return problems;
}

function fileProblems({ size, content, alignment = 1 }: IsoFile): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(size) || size < 0 || size > MAX_FILE_SIZE) {
    problems.push(`the size ${size} must be 0 to ${MAX_FILE_SIZE} bytes.`);
  }
  if (content !== undefined && content.length !== size) {
    problems.push(`the content has ${content.length} bytes, but the size is ${size}.`);
  }
  if (!isUint32(alignment) || alignment < 1) {
    problems.push(`the alignment ${alignment} must be a positive number of blocks.`);
  }
  return problems;
}

function targetProblems(target: ByteString): string[] {
  const isValid = isBytes(target) && target.length >= 1 && target.length <= MAX_TARGET;
  if (isValid && !target.includes('\0')) return [];
  return [`a symlink's target must be 1 to ${MAX_TARGET} bytes without a zero byte.`];
}

function deviceProblems({ major, minor }: IsoDevice): string[] {
  const isMajor = Number.isInteger(major) && major >= 0 && major <= 0xfff;
  const isMinor = Number.isInteger(minor) && minor >= 0 && minor <= 0xfffff;
  if (isMajor && isMinor && (major > 0 || minor <= 0xff)) return [];
  return [`the device number ${major}:${minor} cannot be stored so that Linux reads it back.`];
}

function isBytes(text: string): boolean {
  return /^[\0-\xff]*$/s.test(text);
}
