import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { SnapdiscError } from '../../../src/errors.js';
import { run } from '../../../src/process.js';
import { openTar } from '../../../src/rootfs/tar/open-tar.js';
import { lookup, type RegularFile } from '../../../src/rootfs/tree.js';
import { describeSource, temporaryDirectory, temporaryFile, tool } from '../helpers.js';
import { archive, entry, pax } from './craft.js';

const LARGE = Buffer.alloc(3_000_000, 'large file ');
const SPARSE = { 'GNU.sparse.map': '512,3,8192,2', 'GNU.sparse.size': '9000' };
const WHOLE = archive(
  entry({ name: './bin/', typeflag: '5', mode: 0o755 }),
  entry({ name: './bin/sh' }, '#!shell'),
  entry({ name: './large' }, LARGE),
  pax(SPARSE),
  entry({ name: './sparse' }, 'abcde'),
  entry({ name: './tail' }, 'the end'),
);

const COMPRESS: Record<string, () => Promise<Buffer>> = {
  gzip: async () => gzipSync(WHOLE),
  'gzip of two members': async () =>
    Buffer.concat([gzipSync(WHOLE.subarray(0, 5000)), gzipSync(WHOLE.subarray(5000))]),
  xz: () => run(tool('xz', 'xz-utils'), ['-c', '--block-size=1MiB'], WHOLE),
  zstd: () => run(tool('zstd'), ['-qc'], WHOLE),
  'zstd with a long window': () => run(tool('zstd'), ['-qc', '--long=31'], WHOLE),
};

function file(source: { root: Parameters<typeof lookup>[0] }, path: string): RegularFile {
  const found = lookup(source.root, path);
  if (found?.kind !== 'file') throw new Error(`no file ${path}`);
  return found;
}

for (const [name, compress] of Object.entries(COMPRESS)) {
  test(`${name} is known by its bytes and reads like the plain archive`, async (t) => {
    const plain = await openTar(await temporaryFile(t, WHOLE));
    const path = await temporaryFile(t, await compress());
    const asked: [string, number][] = [];
    const packed = await openTar(path, {
      keep: (...given) => asked.push(given) > 0 && given[0] === 'sparse',
    });
    t.deepEqual(await describeSource(t, packed), await describeSource(t, plain));
    t.deepEqual(asked, [
      ['bin/sh', 7],
      ['large', 3_000_000],
      ['sparse', 9000],
      ['tail', 7],
    ]);
    const sparse = file(packed, 'sparse');
    const tail = file(packed, 'tail');
    const found = await packed.fetch([tail, sparse]);
    t.is(found.get(tail)?.toString(), 'the end');
    t.is(found.get(sparse)?.length, 9000);
    t.is(found.get(sparse)?.toString('latin1', 510, 516), '\0\0abc\0');
    t.is(found.get(sparse)?.toString('latin1', 8192, 8195), 'de\0');
    await Promise.all([plain.close(), packed.close()]);
    await packed.close();
  });

  test(`${name} that is cut off or damaged is source.corrupt`, async (t) => {
    const packed = await compress();
    const middle = Buffer.from(packed);
    middle.fill(0xa5, packed.length >> 1, (packed.length >> 1) + 40);
    for (const bytes of [packed.subarray(0, packed.length - 9), packed.subarray(0, 40), middle]) {
      await isCorrupt(t, bytes);
    }
  });
}

async function isCorrupt(t: ExecutionContext, bytes: Buffer) {
  const path = await temporaryFile(t, bytes);
  const error = await t.throwsAsync(openTar(path), { instanceOf: SnapdiscError });
  t.is((error as SnapdiscError).code, 'source.corrupt');
}

test('what pass 1 kept is there when the archive is gone', async (t) => {
  const path = await temporaryFile(t, gzipSync(WHOLE));
  const source = await openTar(path, { keep: (name) => name === 'bin/sh' });
  t.teardown(() => source.close());
  await rename(path, `${path}.away`);
  const shell = file(source, 'bin/sh');
  t.is((await source.fetch([shell])).get(shell)?.toString(), '#!shell');
  await t.throwsAsync(source.fetch([file(source, 'tail')]), { code: 'source.changed' });
});

for (const packed of [false, true]) {
  const kind = packed ? 'compressed' : 'plain';
  test(`a ${kind} archive that changes between the passes is source.changed`, async (t) => {
    const path = await temporaryFile(t, packed ? gzipSync(WHOLE) : WHOLE);
    const source = await openTar(path);
    t.teardown(() => source.close());
    await utimes(path, 1, 1);
    const reading = async () => {
      for await (const _ of source.read());
    };
    await t.throwsAsync(reading, { code: 'source.changed' });
  });

  test(`a ${kind} archive that shrinks while it is read is source.changed`, async (t) => {
    const path = await temporaryFile(t, packed ? gzipSync(WHOLE, { level: 0 }) : WHOLE);
    const source = await openTar(path);
    t.teardown(() => source.close());
    const reading = async () => {
      for await (const _ of source.read()) await writeFile(path, WHOLE.subarray(0, 4096));
    };
    await t.throwsAsync(reading, { code: 'source.changed' });
  });
}

test('leaving read() early leaves nothing behind', async (t) => {
  for (const bytes of [WHOLE, gzipSync(WHOLE), await run(tool('xz', 'xz-utils'), ['-c'], WHOLE)]) {
    const source = await openTar(await temporaryFile(t, bytes));
    for await (const { data } of source.read()) {
      t.true(data.length > 0);
      break;
    }
    await source.close();
  }
});

test('a chunk stays as it is until the next one is asked for', async (t) => {
  const folder = await temporaryDirectory(t);
  const path = join(folder, 'archive');
  const parts = [];
  for (let index = 0; index < 40; index++) {
    parts.push(entry({ name: `f${index}` }, Buffer.alloc(200_000, index)));
  }
  await writeFile(path, archive(...parts));
  const source = await openTar(path);
  t.teardown(() => source.close());
  const names = new Map([...source.root.entries].map(([name, inode]) => [inode, name]));
  for await (const { file, data } of source.read()) {
    // Time for what is read ahead to arrive.
    await setTimeout(1);
    const expected = Number(names.get(file)?.slice(1));
    t.true(data.every((byte) => byte === expected));
  }
});

test('something else inside the compression is said to be that', async (t) => {
  const cpio = Buffer.concat([Buffer.from('070701'), Buffer.alloc(5000, '0')]);
  const path = await temporaryFile(t, gzipSync(cpio));
  await t.throwsAsync(openTar(path), {
    code: 'source.unsupported',
    message: /looks like a cpio archive inside its gzip compression/,
  });
  const empty = await temporaryFile(t, gzipSync(Buffer.alloc(0)));
  await t.throwsAsync(openTar(empty), { code: 'source.empty' });
});

test('a second archive behind the first is told of, compressed or not; zeros are not', async (t) => {
  const second = archive(entry({ name: './lost' }, 'x'));
  const warningsOf = async (bytes: Buffer) => {
    const source = await openTar(await temporaryFile(t, bytes));
    await source.close();
    return source.warnings;
  };
  const both = Buffer.concat([WHOLE, second]);
  const [plain = ''] = await warningsOf(both);
  t.regex(plain, /^The last \d+ bytes of the archive lie after its end mark/);
  t.deepEqual(await warningsOf(gzipSync(both)), [plain]);
  t.deepEqual(await warningsOf(Buffer.concat([gzipSync(WHOLE), gzipSync(second)])), [plain]);
  t.deepEqual(await warningsOf(gzipSync(Buffer.concat([WHOLE, Buffer.alloc(20_480)]))), []);
});
