import { createHash } from 'node:crypto';
import { byteString } from '../bytes.js';
import { SnapdiscError } from '../errors.js';
import { GIB } from '../units.js';
import { type ChecksumRange, checksumCount } from './checksums.js';

/** What a disc's file of checksums says (docs/checksums.md). */
export interface StoredChecksums {
  /** Bytes of the disc. */
  readonly range: ChecksumRange;
  /** Bytes that one digest covers. */
  readonly blockSize: number;
  /** SHA-256 in hex, in the order of the disc. */
  readonly digests: readonly string[];
  /** Files of the disc; paths are printable. */
  readonly files: readonly (ChecksumRange & { readonly path: string })[];
}

const HEAD = /^snapdisc-checksums 2\nhash sha256\nblock (\d{1,10})\nstart (\d+) *\nend (\d+) *\n/;
const MAX_ADDRESS = 2 ** 43; // 2^32 blocks of 2 KiB

/**
 * Reads a file of checksums. Pure.
 * @throws SnapdiscError `image.checksums`
 */
export function parseChecksums(bytes: Uint8Array): StoredChecksums {
  const text = byteString(bytes);
  const sealAt = text.lastIndexOf('self ');
  const seal = /^self ([0-9a-f]{64})\n$/.exec(text.slice(sealAt))?.[1];
  const own = createHash('sha256')
    .update(bytes.subarray(0, Math.max(0, sealAt)))
    .digest('hex');
  if (seal === undefined || seal !== own) throw unreadable('it is damaged itself');
  const head = HEAD.exec(text);
  if (head === null) throw unreadable('its format is none that this version knows');
  const [blockSize = 0, start = 0, end = 0] = head.slice(1).map(Number);
  const range = { start, end };
  const isSane = blockSize > 0 && blockSize <= GIB && start < end && end <= MAX_ADDRESS;
  if (!isSane) throw unreadable('its numbers make no sense');
  const lines = text.slice(head[0].length, sealAt).split('\n').slice(0, -1);
  const files = lines.flatMap((line) => {
    const [, from, to, path = ''] = /^file (\d{1,15}) (\d{1,15}) (.*)$/.exec(line) ?? [];
    return from === undefined ? [] : [{ start: Number(from), end: Number(to), path }];
  });
  const digests = lines.filter((line) => /^[0-9a-f]{64}$/.test(line));
  const isWhole = files.length + digests.length === lines.length;
  if (!isWhole || digests.length !== checksumCount(range, blockSize)) {
    throw unreadable('it does not have the lines that it should');
  }
  return { range, blockSize, digests, files };
}

function unreadable(reason: string): SnapdiscError {
  return new SnapdiscError('image.checksums', `The file of checksums cannot be used: ${reason}.`, {
    hint: 'Make the disc again, or copy it again.',
  });
}
