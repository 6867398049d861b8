import test from 'ava';
import fc from 'fast-check';
import { recordsInBlock } from '../../src/iso9660/directory-record.js';
import {
  type IsoDirectory,
  planIso,
  readIso,
  type VolumeDirectory,
} from '../../src/iso9660/index.js';
import { compareIdentifiers } from '../../src/iso9660/iso-names.js';
import { directoryArbitrary } from './helpers/arbitraries.js';
import { CREATED, directory, readFrom, wholeImage } from './helpers/images.js';

/** No reader that we know of looks at path tables or at the order of records, so we judge them here. */

interface TableRecord {
  readonly identifier: string;
  readonly lba: number;
  readonly parent: number;
}

function readTable(image: Buffer, lba: number, order: 'little' | 'big'): TableRecord[] {
  const size = image.readUInt32LE(16 * 2048 + 132);
  const table = image.subarray(lba * 2048, lba * 2048 + size);
  const records: TableRecord[] = [];
  for (let position = 0; position < table.length; ) {
    const length = table.readUInt8(position);
    const isLittle = order === 'little';
    records.push({
      identifier: table.toString('latin1', position + 8, position + 8 + length),
      lba: isLittle ? table.readUInt32LE(position + 2) : table.readUInt32BE(position + 2),
      parent: isLittle ? table.readUInt16LE(position + 6) : table.readUInt16BE(position + 6),
    });
    position += 8 + length + (length % 2);
  }
  return records;
}

async function imageOf(root: IsoDirectory) {
  const image = await wholeImage(planIso(root, { volumeId: 'TABLES', created: CREATED }));
  const { root: found } = await readIso(readFrom(image));
  const little = readTable(image, image.readUInt32LE(16 * 2048 + 140), 'little');
  const big = readTable(image, image.readUInt32BE(16 * 2048 + 148), 'big');
  return { image, found, little, big };
}

function recordsOf(image: Buffer, { extent }: VolumeDirectory) {
  const records = [];
  for (let offset = 0; offset < extent.size; offset += 2048) {
    const start = extent.lba * 2048 + offset;
    records.push(...recordsInBlock(image.subarray(start, start + 2048)));
  }
  return records;
}

test('path tables name every directory, by level, parent and identifier', async (t) => {
  await fc.assert(
    fc.asyncProperty(directoryArbitrary({ restorable: false }, 4), async (root) => {
      const { found, little, big } = await imageOf(root);
      t.deepEqual(little, big);
      const expected = new Map([[found.extent.lba, found.extent.lba]]);
      const pending = [found];
      for (const parent of pending) {
        for (const child of parent.entries.values()) {
          if (child.kind !== 'directory') continue;
          expected.set(child.extent.lba, parent.extent.lba);
          pending.push(child);
        }
      }
      const parents = little.map(({ lba, parent }) => [lba, little[parent - 1]?.lba]);
      t.deepEqual(parents.sort(), [...expected].sort());
      const keys = little
        .slice(1)
        .map(({ parent, identifier }, index) => ({ parent, identifier, index }));
      const ordered = keys.toSorted(
        (a, b) => a.parent - b.parent || (a.identifier < b.identifier ? -1 : 1),
      );
      t.deepEqual(ordered, keys);
    }),
    { numRuns: 50 },
  );
});

test('each directory starts with itself and its parent, then come identifiers in order', async (t) => {
  await fc.assert(
    fc.asyncProperty(directoryArbitrary({ restorable: false }, 3), async (root) => {
      const { image, found } = await imageOf(root);
      const pending = [{ here: found, above: found }];
      for (const { here, above } of pending) {
        const [self, parent, ...others] = recordsOf(image, here);
        t.deepEqual([self?.identifier, self?.extent], ['\0', here.extent]);
        t.deepEqual([parent?.identifier, parent?.extent], ['\x01', above.extent]);
        const identifiers = others.map((record) => record?.identifier ?? '');
        t.deepEqual(identifiers, identifiers.toSorted(compareIdentifiers));
        t.is(new Set(identifiers).size, identifiers.length);
        for (const child of here.entries.values()) {
          if (child.kind === 'directory') pending.push({ here: child, above: here });
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('tables of several blocks', async (t) => {
  const names = Array.from({ length: 700 }, (_, index) => [`directory${index}`, directory()]);
  const { little, big } = await imageOf(directory(Object.fromEntries(names)));
  t.is(little.length, 701);
  t.deepEqual(little, big);
});
