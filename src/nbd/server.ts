import { createServer, type Server, type Socket } from 'node:net';
import { SnapdiscError } from '../errors.js';
import { ByteReader } from './byte-reader.js';
import { shakeHands } from './handshake.js';
import { type Export, transmit } from './transmission.js';

/** QEMU needs one; some more for whoever looks on. */
const MAX_CLIENTS = 8;
const HANDSHAKE_SECONDS = 10;

/** A read-only NBD server on a Unix socket, with one export that has no name. */
export class NbdServer {
  readonly #server: Server;
  readonly #clients = new Set<Socket>();

  private constructor(served: Export) {
    this.#server = createServer((client) => {
      this.#clients.add(client);
      client.once('close', () => this.#clients.delete(client));
      void serve(client, served).finally(() => client.destroy());
    });
    this.#server.maxConnections = MAX_CLIENTS;
  }

  /**
   * Listens on a socket at `path`, which must not exist.
   * @throws SnapdiscError `output.socket`
   */
  static async listen(served: Export, path: string): Promise<NbdServer> {
    const nbd = new NbdServer(served);
    await new Promise<void>((resolve, reject) => {
      nbd.#server.once('error', (cause) => {
        const message = `There can be no drive at the socket ${path}: ${cause.message}.`;
        reject(new SnapdiscError('output.socket', message, { cause }));
      });
      nbd.#server.listen(path, resolve);
    });
    return nbd;
  }

  /** Cuts all clients off and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const client of this.#clients) client.destroy();
    await closed;
  }
}

/** Never rejects: whatever a client does ends that client's connection and nothing else. */
async function serve(client: Socket, served: Export): Promise<void> {
  // A client that goes away shows as the end of its requests.
  client.on('error', () => {});
  const send = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      if (client.destroyed) resolve();
      else client.write(bytes, () => resolve());
    });
  const timer = setTimeout(() => client.destroy(), HANDSHAKE_SECONDS * 1000);
  try {
    const reader = new ByteReader(client);
    const isAgreed = await shakeHands(reader, send, served.size);
    clearTimeout(timer);
    if (isAgreed) await transmit(reader, send, served);
    // What was said last reaches the client before the connection ends.
    await new Promise<void>((resolve) => {
      if (client.destroyed) resolve();
      else client.end(resolve);
    });
  } catch {
    // The connection broke, or the export did: both look like a pulled cable to the client.
  } finally {
    clearTimeout(timer);
  }
}
