import { type ByteString, printable } from '../bytes.js';
import type { ErrorCode } from '../errors.js';
import type { Inode } from '../rootfs/tree.js';
import { BLOCK_SIZE, MAX_NAME_LENGTH, MAX_SYMLINK_LENGTH } from './constants.js';
import { runsAreValid } from './file-blocks.js';
import { MAX_FILE_BLOCKS } from './indirect.js';
import type { Problems } from './problems.js';

const MAX_ID = 2 ** 32 - 1;
const MAX_MAJOR = 2 ** 12 - 1;
const MAX_MINOR = 2 ** 20 - 1;
const MAX_FILE_SIZE = MAX_FILE_BLOCKS * BLOCK_SIZE;
const AGAIN = 'Make the root filesystem again, or exclude the file.';

type Report = (code: ErrorCode, message: string, hint: string) => void;

/** Reports a name that a directory entry cannot hold. */
export function checkName(name: ByteString, path: () => string, problems: Problems): void {
  if (name.length > MAX_NAME_LENGTH) {
    problems.add(
      'source.name-too-long',
      `The name of ${path()} is ${name.length} bytes long; ext2 takes ${MAX_NAME_LENGTH} at most.`,
      'Rename or exclude the file.',
    );
  } else if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    problems.add('source.bad-name', `"${printable(name)}" cannot be a file name.`, AGAIN);
  }
}

/** Reports what ext2's inode cannot hold. */
export function checkInode(inode: Inode, path: () => string, problems: Problems): void {
  const report: Report = (code, message, hint) =>
    problems.add(code, `Cannot store ${path()}: ${message}.`, hint);
  if (!isUnsigned(inode.uid, MAX_ID) || !isUnsigned(inode.gid, MAX_ID)) {
    report('source.corrupt', `owner ${inode.uid}:${inode.gid} is no pair of 32-bit numbers`, AGAIN);
  }
  if (!Number.isSafeInteger(inode.mtime.seconds)) {
    report('source.corrupt', `${inode.mtime.seconds} is no modification time`, AGAIN);
  }
  if (inode.kind === 'file') checkFile(inode, report);
  if (inode.kind === 'symlink') checkSymlink(inode.target, report);
  if (inode.kind === 'block' || inode.kind === 'char') {
    if (!isUnsigned(inode.major, MAX_MAJOR) || !isUnsigned(inode.minor, MAX_MINOR)) {
      const device = `${inode.major}:${inode.minor}`;
      report('source.corrupt', `device ${device} is outside 12 and 20 bits`, AGAIN);
    }
  }
}

function checkFile(file: Extract<Inode, { kind: 'file' }>, report: Report): void {
  if (!Number.isSafeInteger(file.size) || file.size < 0) {
    report('source.corrupt', `${file.size} is no file size`, AGAIN);
  } else if (file.size > MAX_FILE_SIZE) {
    report(
      'source.file-too-large',
      `its ${file.size} bytes are more than the ${MAX_FILE_SIZE} of ext2's largest file`,
      'Exclude the file or make it smaller.',
    );
  } else if (!runsAreValid(file.runs, file.size)) {
    report('source.corrupt', 'its pieces overlap or lie outside the file', AGAIN);
  }
}

function checkSymlink(target: ByteString, report: Report): void {
  if (target === '' || target.includes('\0')) {
    report('source.bad-symlink', 'its target is empty or contains a NUL byte', AGAIN);
  } else if (target.length > MAX_SYMLINK_LENGTH) {
    report(
      'source.bad-symlink',
      `its target is ${target.length} bytes long and Linux takes ${MAX_SYMLINK_LENGTH} at most`,
      AGAIN,
    );
  }
}

function isUnsigned(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= max;
}
