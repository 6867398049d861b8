import test from 'ava';
import fc from 'fast-check';
import { silentReporter } from '../../src/build/report.js';
import type { DiscImage } from '../../src/disc-image.js';
import { verifyStructure } from '../../src/verify/structure.js';
import { liveDisc } from './live-disc.js';

const CONTEXT = { reporter: silentReporter, signal: undefined };

function inMemory(bytes: Buffer): DiscImage {
  return {
    path: 'none',
    size: bytes.length,
    readAt: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => {},
  };
}

/** The verdicts by name, and what is said of those that failed. */
async function verdicts(bytes: Buffer) {
  const checks = await verifyStructure(inMemory(bytes), CONTEXT);
  const failures = checks.filter(({ verdict }) => verdict === 'failed');
  return {
    checks: Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict])),
    failures: Object.fromEntries(failures.map(({ name, detail }) => [name, detail])),
  };
}

/** A copy with one byte changed. */
function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

test('a disc as it was made passes all', async (t) => {
  const { bytes } = await liveDisc(t);
  t.deepEqual((await verdicts(bytes)).checks, {
    'ISO 9660': 'passed',
    'El Torito': 'passed',
    MBR: 'passed',
    Checksums: 'passed',
    ext2: 'passed',
  });
});

test('what is damaged is named', async (t) => {
  const { bytes, at } = await liveDisc(t);
  const cut = await verdicts(bytes.subarray(0, bytes.length - 2048));
  t.regex(cut.failures['ISO 9660'] ?? '', /2048 bytes are missing/);

  const image = await verdicts(changed(bytes, at.rootImage + 5000));
  t.regex(image.failures.Checksums ?? '', /^1 of \d+ are wrong, .* in live\/root\.img$/);

  const loader = await verdicts(changed(bytes, at.loader + 100));
  t.regex(loader.failures['El Torito'] ?? '', /checksum/);

  const sums = await verdicts(changed(bytes, at.checksums + 5));
  t.deepEqual(Object.keys(sums.failures), ['Checksums']);

  const superblock = await verdicts(changed(bytes, at.rootImage + 1024 + 56));
  t.truthy(superblock.failures.ext2);

  const mbr = await verdicts(changed(bytes, 432));
  t.deepEqual(Object.keys(mbr.failures), ['MBR']);
  t.is((await verdicts(changed(bytes, 510))).checks.MBR, 'skipped');
});

test('a boot loader that claims to be huge is not read', async (t) => {
  const { bytes, at } = await liveDisc(t);
  const both = (value: number) => {
    const field = Buffer.alloc(8);
    field.writeUInt32LE(value, 0);
    field.writeUInt32BE(value, 4);
    return field;
  };
  // Behind its block, in its directory record; and the volume claims to hold it.
  bytes.set(both(0xfffff800), bytes.indexOf(both(at.loader / 2048)) + 8);
  bytes.set(both(0x7fffffff), 16 * 2048 + 80);
  const reads: number[] = [];
  const disc = inMemory(bytes);
  const readAt = (offset: number, length: number) => {
    reads.push(length);
    return disc.readAt(offset, length);
  };
  for (const [size, words] of [
    [bytes.length, /its 4294965248 bytes are more than the image has/],
    [0, /its 4294965248 bytes are more than a boot loader has/],
  ] as const) {
    const checks = await verifyStructure({ ...disc, size, readAt }, CONTEXT);
    t.regex(checks.find(({ name }) => name === 'El Torito')?.detail ?? '', words);
  }
  t.true(Math.max(...reads) <= 64 * 1024 ** 2, `${Math.max(...reads)}`);
});

test('what is no disc fails at once', async (t) => {
  t.deepEqual(Object.keys((await verdicts(Buffer.alloc(100_000))).failures), ['ISO 9660']);
});

test('whatever is changed, and whatever is cut off, gives verdicts', async (t) => {
  const { bytes } = await liveDisc(t);
  const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) });
  const length = fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 20 }), length, async (changes, end) => {
      const copy = Buffer.from(bytes.subarray(0, end));
      for (const { at, to } of changes) copy[at] = to;
      const { checks } = await verdicts(copy);
      t.true(Object.keys(checks).length > 0);
    }),
    { numRuns: 40 },
  );
});
