import type { ByteReader } from './byte-reader.js';
import {
  blockSizeInfo,
  exportInfo,
  exportNameReply,
  FIXED_NEWSTYLE,
  greeting,
  NO_ZEROES,
  OPTION_HEADER,
  OPTION_MAGIC,
  OPTIONS,
  optionReply,
  parseGo,
  REPLIES,
  serverEntry,
} from './protocol.js';

/** Bytes of an option that are listened to; names may have 4,096. */
const MAX_OPTION_DATA = 16 * 1024;
/** Options before a client must have made up its mind. */
const MAX_OPTIONS = 64;
/** Bytes: what an optical drive reads at least. */
const PREFERRED_BLOCK = 2048;

type Send = (bytes: Uint8Array) => Promise<void>;

/**
 * Talks with a new client until it has chosen the one export there is, whose name is empty. False
 * where it left, or said what no client says.
 * @param size bytes of the export.
 */
export async function shakeHands(reader: ByteReader, send: Send, size: number): Promise<boolean> {
  await send(greeting());
  const flags = (await reader.take(4))?.readUInt32BE(0);
  if (flags === undefined) return false;
  const isKnown = Math.floor(flags / 4) === 0;
  if (!isKnown || (flags & FIXED_NEWSTYLE) === 0) return false;
  for (let count = 0; count < MAX_OPTIONS; count++) {
    const header = await reader.take(OPTION_HEADER);
    if (header === undefined || header.readBigUInt64BE(0) !== OPTION_MAGIC) return false;
    const option = header.readUInt32BE(8);
    const length = header.readUInt32BE(12);
    if (length > MAX_OPTION_DATA) return false;
    const data = await reader.take(length);
    if (data === undefined) return false;
    const answer = answerTo(option, data, size, (flags & NO_ZEROES) !== 0);
    for (const bytes of answer.replies) await send(bytes);
    if (answer.next !== 'option') return answer.next === 'transmission';
  }
  return false;
}

interface Answer {
  readonly replies: readonly Buffer[];
  readonly next: 'option' | 'transmission' | 'end';
}

function answerTo(option: number, data: Buffer, size: number, withoutZeroes: boolean): Answer {
  const refuse = (type: number): Answer => ({
    replies: [optionReply(option, type)],
    next: 'option',
  });
  switch (option) {
    case OPTIONS.exportName:
      // This option's answer cannot say no.
      if (data.length > 0) return { replies: [], next: 'end' };
      return { replies: [exportNameReply(size, withoutZeroes)], next: 'transmission' };
    case OPTIONS.abort:
      return { replies: [optionReply(option, REPLIES.ack)], next: 'end' };
    case OPTIONS.list: {
      if (data.length > 0) return refuse(REPLIES.invalid);
      const entry = optionReply(option, REPLIES.server, serverEntry(Buffer.alloc(0)));
      return { replies: [entry, optionReply(option, REPLIES.ack)], next: 'option' };
    }
    case OPTIONS.info:
    case OPTIONS.go: {
      const asked = parseGo(data);
      if (asked === undefined) return refuse(REPLIES.invalid);
      if (asked.name.length > 0) return refuse(REPLIES.unknownExport);
      const replies = [
        optionReply(option, REPLIES.info, exportInfo(size)),
        optionReply(option, REPLIES.info, blockSizeInfo(PREFERRED_BLOCK)),
        optionReply(option, REPLIES.ack),
      ];
      return { replies, next: option === OPTIONS.go ? 'transmission' : 'option' };
    }
    default:
      return refuse(REPLIES.unsupported);
  }
}
