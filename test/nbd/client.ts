import { connect, type Socket } from 'node:net';
import { ByteReader } from '../../src/nbd/byte-reader.js';

/** An NBD client that sends what a test tells it to, right or wrong. */
export class RawClient {
  readonly #socket: Socket;
  readonly #reader: ByteReader;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    this.#reader = new ByteReader(socket);
  }

  static async connect(path: string): Promise<RawClient> {
    const socket = connect(path);
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  send(...parts: readonly Uint8Array[]): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(parts));
  }

  /** The server's next bytes, or undefined where it has hung up. */
  async take(length: number): Promise<Buffer | undefined> {
    return this.#reader.take(length).catch(() => undefined);
  }

  async isHungUp(): Promise<boolean> {
    return (await this.take(1)) === undefined;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Says hello and reads the greeting. */
  async hello(flags = 3): Promise<Buffer | undefined> {
    const greeting = await this.take(18);
    this.send(uint32(flags));
    return greeting;
  }

  /** Sends an option and reads one reply to it. */
  async option(option: number, data: Uint8Array = Buffer.alloc(0)) {
    this.send(optionHeader(option, data.length), data);
    return this.optionReply();
  }

  async optionReply() {
    const header = await this.take(20);
    if (header === undefined) return undefined;
    const data = await this.take(header.readUInt32BE(16));
    return {
      magic: header.readBigUInt64BE(0),
      option: header.readUInt32BE(8),
      type: header.readUInt32BE(12),
      data,
    };
  }

  /** Says hello and chooses the export, ready for requests. */
  async negotiate(): Promise<void> {
    await this.hello();
    this.send(optionHeader(1, 0));
    await this.take(10);
  }

  /** Sends a request and reads its reply; the data of a read that went well too. */
  async request(command: number, offset: bigint, length: number, flags = 0, payload = 0) {
    const cookie = 0x1122334455667788n;
    this.send(requestHeader(command, offset, length, flags, cookie), Buffer.alloc(payload));
    const header = await this.take(16);
    if (header === undefined) return undefined;
    const error = header.readUInt32BE(4);
    const data = command === 0 && error === 0 ? await this.take(length) : undefined;
    return {
      magic: header.readUInt32BE(0),
      error,
      isMine: header.readBigUInt64BE(8) === cookie,
      data,
    };
  }
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function optionHeader(option: number, length: number): Buffer {
  const header = Buffer.alloc(16);
  header.write('IHAVEOPT', 0, 'latin1');
  header.writeUInt32BE(option, 8);
  header.writeUInt32BE(length, 12);
  return header;
}

export function requestHeader(
  command: number,
  offset: bigint,
  length: number,
  flags = 0,
  cookie = 1n,
): Buffer {
  const header = Buffer.alloc(28);
  header.writeUInt32BE(0x25609513, 0);
  header.writeUInt16BE(flags, 4);
  header.writeUInt16BE(command, 6);
  header.writeBigUInt64BE(cookie, 8);
  header.writeBigUInt64BE(offset, 16);
  header.writeUInt32BE(length, 24);
  return header;
}

/** The data of the options info and go. */
export function goData(name: string, asked: readonly number[] = []): Buffer {
  const facts = Buffer.alloc(2 + asked.length * 2);
  facts.writeUInt16BE(asked.length);
  asked.forEach((fact, index) => {
    facts.writeUInt16BE(fact, 2 + index * 2);
  });
  return Buffer.concat([uint32(name.length), Buffer.from(name, 'latin1'), facts]);
}
