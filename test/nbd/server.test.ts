import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { NbdServer } from '../../src/nbd/server.js';
import type { Export } from '../../src/nbd/transmission.js';
import { run } from '../../src/process.js';
import { goData, optionHeader, RawClient, requestHeader, uint32 } from './client.js';

const LIBNBD = { purpose: 'judges the NBD server', debianPackage: 'libnbd-bin' };
const SIZE = 3_000_001;
const DATA = Buffer.from(Array.from({ length: SIZE }, (_, index) => (index * 7) % 253));

async function serve(t: ExecutionContext, changes: Partial<Export> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-nbd-'));
  const socket = join(folder, 'drive');
  const read: Export['read'] = async (offset, length) => DATA.subarray(offset, offset + length);
  const server = await NbdServer.listen({ size: SIZE, read, ...changes }, socket);
  t.teardown(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  return socket;
}

async function client(t: ExecutionContext, socket: string): Promise<RawClient> {
  const raw = await RawClient.connect(socket);
  t.teardown(() => raw.close());
  return raw;
}

const uri = (socket: string) => `nbd+unix:///?socket=${socket}`;

test('nbdinfo sees one export without a name, read-only, of the right size', async (t) => {
  const socket = await serve(t);
  const said = await run({ program: 'nbdinfo', ...LIBNBD }, ['--json', uri(socket)]);
  const info = JSON.parse(said.toString());
  t.is(info.protocol, 'newstyle-fixed');
  t.like(info.exports[0], {
    'export-name': '',
    'export-size': SIZE,
    is_read_only: true,
    is_rotational: true,
    block_size_minimum: 1,
    block_size_preferred: 2048,
  });
  const list = await run({ program: 'nbdinfo', ...LIBNBD }, ['--list', '--json', uri(socket)]);
  t.is(JSON.parse(list.toString()).exports.length, 1);
});

test('nbdcopy gets every byte', async (t) => {
  const socket = await serve(t);
  const copy = `${socket}.copy`;
  await run({ program: 'nbdcopy', ...LIBNBD }, [uri(socket), copy]);
  t.true((await readFile(copy)).equals(DATA));
});

test('a handshake of the old kind, with and without padding', async (t) => {
  const socket = await serve(t);
  for (const [flags, length] of [
    [1, 10 + 124],
    [3, 10],
  ] as const) {
    const raw = await client(t, socket);
    t.is((await raw.hello(flags))?.toString('latin1', 0, 16), 'NBDMAGICIHAVEOPT');
    raw.send(optionHeader(1, 0));
    t.is((await raw.take(length))?.readBigUInt64BE(0), BigInt(SIZE));
    t.deepEqual((await raw.request(0, 5n, 3))?.data, DATA.subarray(5, 8));
  }
});

test('options get the answers of the protocol', async (t) => {
  const raw = await client(t, await serve(t));
  await raw.hello();
  const type = async (option: number, data?: Buffer) => (await raw.option(option, data))?.type;
  const [unsupported, invalid, unknown] = [2 ** 31 + 1, 2 ** 31 + 3, 2 ** 31 + 6];
  t.is(await type(8), unsupported); // structured replies
  t.is(await type(5), unsupported); // TLS
  t.is(await type(4_000_000_000), unsupported);
  t.is(await type(3, Buffer.from('x')), invalid);
  t.is(await type(7, Buffer.from('x')), invalid);
  t.is(await type(7, Buffer.concat([uint32(2 ** 32 - 1), Buffer.alloc(2)])), invalid);
  t.is(await type(7, Buffer.concat([goData('', [3]), Buffer.alloc(1)])), invalid);
  t.is(await type(7, goData('another')), unknown);
  t.is(await type(3), 2);
  t.is((await raw.optionReply())?.type, 1);
  // info: what go would say, and still options.
  t.is((await raw.option(6, goData('', [3])))?.data?.readBigUInt64BE(2), BigInt(SIZE));
  t.is((await raw.optionReply())?.data?.readUInt16BE(0), 3);
  t.is((await raw.optionReply())?.type, 1);
  t.is(await type(2), 1);
  t.true(await raw.isHungUp());
});

test('requests get the errors of the protocol, and the connection lives on', async (t) => {
  const raw = await client(t, await serve(t));
  await raw.negotiate();
  const error = async (...request: Parameters<RawClient['request']>) => {
    const reply = await raw.request(...request);
    t.true(reply?.isMine);
    t.is(reply?.magic, 0x67446698);
    return reply?.error;
  };
  t.is(await error(1, 0n, 1000, 0, 1000), 1); // write: not permitted, its data passed over
  t.is(await error(0, BigInt(SIZE), 1), 22);
  t.is(await error(0, BigInt(SIZE) - 1n, 2), 22);
  t.is(await error(0, 2n ** 64n - 1n, 4096), 22);
  t.is(await error(0, 0n, 0), 22);
  t.is(await error(0, 0n, 2 ** 32 - 1), 22);
  t.is(await error(0, 0n, 1, 0xffff), 22);
  t.is(await error(6, 0n, 4096), 22); // write zeros
  t.is(await error(999, 0n, 0), 22);
  t.is(await error(0, BigInt(SIZE) - 1n, 1), 0);
  raw.send(requestHeader(2, 0n, 0));
  t.true(await raw.isHungUp());
});

test('what cannot be read is an I/O error', async (t) => {
  const read: Export['read'] = async (offset) => (offset === 0 ? undefined : DATA.subarray(0, 1));
  const raw = await client(t, await serve(t, { read }));
  await raw.negotiate();
  t.is((await raw.request(0, 0n, 4096))?.error, 5);
  t.is((await raw.request(0, 1n, 1))?.error, 0);
});

test('an export that throws costs its client the connection, nobody else', async (t) => {
  let count = 0;
  const read: Export['read'] = async (_, length) => {
    if (count++ === 0) throw new Error('the file is gone');
    return DATA.subarray(0, length);
  };
  const socket = await serve(t, { read });
  const unlucky = await client(t, socket);
  await unlucky.negotiate();
  t.is(await unlucky.request(0, 0n, 1), undefined);
  const next = await client(t, socket);
  await next.negotiate();
  t.is((await next.request(0, 0n, 1))?.error, 0);
});

test('clients that are none are cut off', async (t) => {
  const socket = await serve(t);
  const hangsUp = async (...parts: readonly Buffer[]) => {
    const raw = await client(t, socket);
    await raw.take(18);
    raw.send(...parts);
    t.true(await raw.isHungUp(), parts.map((part) => part.toString('hex')).join(' '));
  };
  await hangsUp(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await hangsUp(uint32(0)); // not fixed newstyle
  await hangsUp(uint32(7)); // a flag nobody knows
  await hangsUp(uint32(3), Buffer.alloc(16));
  await hangsUp(uint32(3), optionHeader(6, 2 ** 32 - 1));
  await hangsUp(uint32(3), optionHeader(1, 3), Buffer.from('abc')); // no such export
  const transmission = await client(t, socket);
  await transmission.negotiate();
  transmission.send(Buffer.alloc(28));
  t.true(await transmission.isHungUp());
  const writer = await client(t, socket);
  await writer.negotiate();
  writer.send(requestHeader(1, 0n, 2 ** 32 - 1));
  t.true(await writer.isHungUp());
});

test('a client that asks without end is cut off', async (t) => {
  const raw = await client(t, await serve(t));
  await raw.hello();
  for (let count = 0; count < 64; count++) t.truthy(await raw.option(8));
  t.is(await raw.option(8), undefined);
});

test('bytes in any pieces and any order harm nobody', async (t) => {
  const socket = await serve(t);
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
          fc.constantFrom(optionHeader(7, 6), optionHeader(3, 0), goData('')),
          fc
            .tuple(fc.nat(8), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(2 ** 16))
            .map(([command, offset, length]) => requestHeader(command, offset, length)),
        ),
        { maxLength: 12 },
      ),
      async (isAgreed, pieces) => {
        const raw = await RawClient.connect(socket);
        if (isAgreed) await raw.negotiate();
        for (const piece of pieces) raw.send(piece);
        raw.close();
      },
    ),
    { numRuns: 200 },
  );
  const honest = await client(t, socket);
  await honest.negotiate();
  t.deepEqual((await honest.request(0, 1000n, 5000))?.data, DATA.subarray(1000, 6000));
});

test('a request that comes byte by byte is understood', async (t) => {
  const raw = await client(t, await serve(t));
  await raw.negotiate();
  for (const byte of requestHeader(0, 9n, 2)) {
    raw.send(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.deepEqual((await raw.take(18))?.subarray(16), DATA.subarray(9, 11));
});

test('a socket that is there already is no place for a drive', async (t) => {
  const socket = await serve(t);
  const again = NbdServer.listen({ size: 1, read: async () => undefined }, socket);
  await t.throwsAsync(again, { code: 'output.socket' });
});

test('closing cuts clients off and removes the socket', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-nbd-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const socket = join(folder, 'drive');
  const never = new Promise<undefined>(() => {});
  const server = await NbdServer.listen({ size: 10, read: () => never }, socket);
  const raw = await client(t, socket);
  await raw.negotiate();
  const waiting = raw.request(0, 0n, 1);
  await server.close();
  t.is(await waiting, undefined);
  await t.throwsAsync(access(socket), { code: 'ENOENT' });
});
