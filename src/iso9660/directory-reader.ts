import { type ByteString, printable } from '../bytes.js';
import { ISO_BLOCK } from '../units.js';
import { type BlockReader, corruptImage, unsupportedImage } from './block-reader.js';
import {
  FLAG_ASSOCIATED,
  FLAG_MULTI_EXTENT,
  PARENT_IDENTIFIER,
  type ParsedRecord,
  recordsInBlock,
  SELF_IDENTIFIER,
} from './directory-record.js';
import type { IsoExtent } from './nodes.js';
import type { ReadBudget } from './read-budget.js';
import { type RockRidgeFacts, rockRidgeFacts } from './rock-ridge-facts.js';
import { MAX_SECTIONS } from './sections.js';
import {
  CONTINUATION_LIMIT,
  CONTINUATIONS_PER_RECORD,
  type ContinuationPointer,
  parseSuspArea,
  type SuspEntry,
} from './susp.js';

/** Directories as they are read: records joined over the extents of a file, Rock Ridge gathered. */

/** Where and at whose expense directories are read. */
export interface ReadContext {
  readonly reader: BlockReader;
  readonly budget: ReadBudget;
  /** Bytes before each system use area (`suspSkip`); undefined: no Rock Ridge. */
  readonly skip: number | undefined;
}

export interface RawEntry {
  readonly record: ParsedRecord;
  /** One for each section of the file. */
  readonly extents: readonly IsoExtent[];
  /** Undefined on a disc without Rock Ridge. */
  readonly rockRidge: RockRidgeFacts | undefined;
}

/** Blocks read at once. */
const CHUNK = 32;

/**
 * The entries of the directory in `extent`, without `.` and `..`.
 * @throws SnapdiscError `image.corrupt` for records that contradict themselves, `image.unsupported`
 *   for interleaved files, `image.too-large` by the budget.
 */
export async function* readEntries(
  context: ReadContext,
  extent: IsoExtent,
): AsyncGenerator<RawEntry> {
  let sections: ParsedRecord[] = [];
  for await (const record of readRecords(context.reader, extent)) {
    if (record.identifier === SELF_IDENTIFIER || record.identifier === PARENT_IDENTIFIER) continue;
    if ((record.flags & FLAG_ASSOCIATED) !== 0) continue;
    checkRecord(record, sections);
    sections.push(record);
    if ((record.flags & FLAG_MULTI_EXTENT) !== 0) continue;
    const extents = sections.map((section) => section.extent);
    sections = [];
    yield { record, extents, rockRidge: await gatherRockRidge(context, record) };
  }
  const [unfinished] = sections;
  if (unfinished !== undefined) {
    throw corruptImage(`the last extent of '${printable(unfinished.identifier)}' is missing.`);
  }
}

async function* readRecords(
  reader: BlockReader,
  { lba, size }: IsoExtent,
): AsyncGenerator<ParsedRecord> {
  const blocks = Math.ceil(size / ISO_BLOCK);
  for (let done = 0; done < blocks; done += CHUNK) {
    const chunk = await reader.blocks(lba + done, Math.min(CHUNK, blocks - done));
    for (let offset = 0; offset < chunk.length; offset += ISO_BLOCK) {
      for (const record of recordsInBlock(chunk.subarray(offset, offset + ISO_BLOCK))) {
        if (record === undefined) {
          throw corruptImage(`the directory at block ${lba} has a record with wrong lengths.`);
        }
        yield record;
      }
    }
  }
}

function checkRecord(record: ParsedRecord, sections: readonly ParsedRecord[]): void {
  const previous = sections.at(-1);
  if (record.isInterleaved) {
    throw unsupportedImage(`'${printable(record.identifier)}' is interleaved.`);
  }
  if (sections.length >= MAX_SECTIONS) {
    throw corruptImage(
      `'${printable(record.identifier)}' has more than ${MAX_SECTIONS} extents, which Linux refuses.`,
    );
  }
  if (previous !== undefined && previous.identifier !== record.identifier) {
    throw corruptImage(`the last extent of '${printable(previous.identifier)}' is missing.`);
  }
}

/** All entries of a record, from its own system use area and every continuation area after it. */
export async function gatherRockRidge(
  context: ReadContext,
  record: ParsedRecord,
): Promise<RockRidgeFacts | undefined> {
  if (context.skip === undefined) return undefined;
  const entries: SuspEntry[] = [];
  let area = parseSuspArea(record.systemUse.subarray(context.skip));
  entries.push(...area.entries);
  for (let count = 1; area.continuation !== undefined; count++) {
    if (count > CONTINUATIONS_PER_RECORD) {
      throw corruptImage(`continuation areas of '${printable(record.identifier)}' never end.`);
    }
    area = parseSuspArea(await readContinuation(context, area.continuation, record.identifier));
    entries.push(...area.entries);
  }
  return rockRidgeFacts(entries);
}

async function readContinuation(
  { reader, budget }: ReadContext,
  { lba, offset, length }: ContinuationPointer,
  identifier: ByteString,
): Promise<Buffer> {
  if (offset + length > CONTINUATION_LIMIT) {
    throw corruptImage(`a continuation area of '${printable(identifier)}' leaves its block.`);
  }
  budget.spendArea(length);
  return (await reader.block(lba)).subarray(offset, offset + length);
}
