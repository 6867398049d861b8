import type { ByteReader } from './byte-reader.js';
import {
  COMMANDS,
  ERRORS,
  MAX_PAYLOAD,
  parseRequest,
  REQUEST_HEADER,
  type Request,
  simpleReply,
} from './protocol.js';

/** What an NBD server serves. */
export interface Export {
  /** Bytes. */
  readonly size: number;
  /** Bytes of it, or undefined where they cannot be read. Never asked outside `size`. */
  read(offset: number, length: number): Promise<Uint8Array | undefined>;
}

/**
 * Answers a client's requests, one after the other, until it leaves or says what no client says.
 * @param send takes a reply; the next request is read when it is done.
 */
export async function transmit(
  reader: ByteReader,
  send: (bytes: Uint8Array) => Promise<void>,
  served: Export,
): Promise<void> {
  for (;;) {
    const header = await reader.take(REQUEST_HEADER);
    const request = header === undefined ? undefined : parseRequest(header);
    if (request === undefined || request.command === COMMANDS.disconnect) return;
    if (request.command === COMMANDS.write) {
      // What was to be written follows; beyond the limit there is no telling whether it ever ends.
      if (request.length > MAX_PAYLOAD || !(await reader.skip(request.length))) return;
    }
    await send(await replyTo(request, served));
  }
}

async function replyTo(request: Request, served: Export): Promise<Buffer> {
  const { cookie, command, flags, length } = request;
  if (command === COMMANDS.write) return simpleReply(cookie, ERRORS.notPermitted);
  const isRead = command === COMMANDS.read && flags === 0;
  const fits = length > 0 && length <= MAX_PAYLOAD;
  if (!isRead || !fits || request.offset + BigInt(length) > BigInt(served.size)) {
    return simpleReply(cookie, ERRORS.invalid);
  }
  const data = await served.read(Number(request.offset), length);
  // Fewer bytes than announced would be taken for those of the next reply.
  if (data?.length !== length) return simpleReply(cookie, ERRORS.io);
  return simpleReply(cookie, ERRORS.none, data);
}
