import { ISO_BLOCK, roundUp } from '../units.js';
import {
  type DirectoryRecord,
  encodeRecord,
  recordLength,
  systemUseCapacity,
} from './directory-record.js';
import { CE_LENGTH, ceEntry, divideEntries, entriesLength } from './susp.js';

/**
 * A directory on disc: its records, packed into whole blocks, then the continuation areas for the
 * Rock Ridge entries that their records have no room for.
 */

export interface RecordWithSystemUse {
  readonly record: DirectoryRecord;
  readonly systemUse: readonly Uint8Array[];
}

export interface DirectorySize {
  /** Bytes of records, a multiple of 2,048: the directory's data length. */
  readonly size: number;
  /** Bytes of continuation areas after them, a multiple of 2,048. */
  readonly continuation: number;
}

interface PlacedArea {
  /** Bytes from the start of the continuation areas. */
  readonly offset: number;
  readonly length: number;
  readonly entries: readonly Uint8Array[];
}

interface PlacedRecord {
  /** Bytes from the start of the directory. */
  readonly offset: number;
  readonly record: DirectoryRecord;
  readonly inRecord: readonly Uint8Array[];
  readonly areas: readonly PlacedArea[];
}

interface Arrangement extends DirectorySize {
  readonly records: readonly PlacedRecord[];
}

/** How much room a directory takes; extents in the records may still be unknown. */
export function measureDirectory(records: readonly RecordWithSystemUse[]): DirectorySize {
  const { size, continuation } = arrange(records);
  return { size, continuation };
}

/** The bytes of a directory that starts at block `lba`, continuation areas included. */
export function encodeDirectory(records: readonly RecordWithSystemUse[], lba: number): Buffer {
  const arrangement = arrange(records);
  const bytes = Buffer.alloc(arrangement.size + arrangement.continuation);
  const pointTo = (area: PlacedArea) => {
    const position = arrangement.size + area.offset;
    return ceEntry({
      lba: lba + Math.floor(position / ISO_BLOCK),
      offset: position % ISO_BLOCK,
      length: area.length,
    });
  };
  for (const { record, inRecord, areas, offset } of arrangement.records) {
    const links = areas.map(pointTo);
    bytes.set(encodeRecord(record, [...inRecord, ...links.slice(0, 1)]), offset);
    areas.forEach((area, index) => {
      const entries = Buffer.concat([...area.entries, ...links.slice(index + 1, index + 2)]);
      bytes.set(entries, arrangement.size + area.offset);
    });
  }
  return bytes;
}

function arrange(records: readonly RecordWithSystemUse[]): Arrangement {
  const placed: PlacedRecord[] = [];
  let end = 0;
  let continuationEnd = 0;
  for (const { record, systemUse } of records) {
    const divided = divideEntries(systemUse, systemUseCapacity(record.identifier));
    const inRecordLength =
      entriesLength(divided.inRecord) + (divided.areas.length > 0 ? CE_LENGTH : 0);
    const length = recordLength(record.identifier, inRecordLength);
    const offset = withinBlock(end, length);
    end = offset + length;
    const areas = divided.areas.map((entries, index) => {
      const isLast = index === divided.areas.length - 1;
      const areaLength = entriesLength(entries) + (isLast ? 0 : CE_LENGTH);
      const areaOffset = withinBlock(continuationEnd, areaLength);
      continuationEnd = areaOffset + areaLength;
      return { offset: areaOffset, length: areaLength, entries };
    });
    placed.push({ offset, record, inRecord: divided.inRecord, areas });
  }
  return {
    size: roundUp(end, ISO_BLOCK),
    continuation: roundUp(continuationEnd, ISO_BLOCK),
    records: placed,
  };
}

/** Where `length` bytes go that come after `end` but must not cross a block boundary. */
function withinBlock(end: number, length: number): number {
  const crosses = (end % ISO_BLOCK) + length > ISO_BLOCK;
  return crosses ? roundUp(end, ISO_BLOCK) : end;
}
