import test from 'ava';
import fc from 'fast-check';
import { encodeDirectory, measureDirectory } from '../../src/iso9660/directory-extent.js';
import { encodeRecord, parseRecord, recordsInBlock } from '../../src/iso9660/directory-record.js';
import {
  encodeBootRecord,
  encodeCatalog,
  parseBootRecord,
  parseCatalog,
} from '../../src/iso9660/el-torito.js';
import { encodeMbr, parseMbr } from '../../src/iso9660/mbr.js';
import { encodePathTable } from '../../src/iso9660/path-table.js';
import { MAX_FILE_SIZE, sectionsOf } from '../../src/iso9660/sections.js';
import {
  descriptorType,
  encodePrimary,
  encodeTerminator,
  parsePrimary,
} from '../../src/iso9660/volume-descriptor.js';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const seconds = fc.integer({ min: 0, max: 4_000_000_000 }).map((value) => ({ seconds: value }));
/** `t.like` takes no objects without a prototype. */
const plain = { noNullPrototype: true } as const;
const recordArbitrary = fc.record(
  {
    identifier: fc.stringMatching(/^[A-Z0-9_]{1,31}$/),
    extent: fc.record({ lba: uint32, size: uint32 }, plain),
    flags: fc.integer({ min: 0, max: 255 }),
    date: seconds,
  },
  plain,
);

test('a directory record gives back what was put in', (t) => {
  fc.assert(
    fc.property(recordArbitrary, fc.uint8Array({ maxLength: 180 }), (record, systemUse) => {
      const bytes = encodeRecord(record, [systemUse]);
      t.is(bytes.length % 2, 0);
      const parsed = parseRecord(bytes);
      t.like(parsed, record);
      t.deepEqual(parsed?.systemUse.subarray(0, systemUse.length), Buffer.from(systemUse));
    }),
  );
});

test('records in any bytes are taken apart without an exception', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      t.true(recordsInBlock(Buffer.from(bytes)).length <= bytes.length);
    }),
    { numRuns: 1000 },
  );
});

test('no record and no continuation area crosses a block', (t) => {
  const entry = fc.uint8Array({ minLength: 4, maxLength: 255 }).map((bytes) => {
    const framed = Buffer.from(bytes);
    framed.write('XX', 'latin1');
    framed[2] = framed.length;
    return framed;
  });
  const records = fc.array(
    fc.record({ record: recordArbitrary, systemUse: fc.array(entry, { maxLength: 20 }) }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(records, (list) => {
      const { size, continuation } = measureDirectory(list);
      const bytes = encodeDirectory(list, 100);
      t.is(bytes.length, size + continuation);
      const found = [];
      for (let offset = 0; offset < size; offset += 2048) {
        found.push(...recordsInBlock(bytes.subarray(offset, offset + 2048)));
      }
      t.deepEqual(
        found.map((record) => record?.identifier),
        list.map(({ record }) => record.identifier),
      );
    }),
  );
});

test('path tables of both byte orders', (t) => {
  const records = [
    { identifier: '\0', lba: 20, parent: 1 },
    { identifier: 'BOOT', lba: 0x01020304, parent: 1 },
    { identifier: 'ODD', lba: 22, parent: 0x0102 },
  ];
  const little = encodePathTable(records, 'little');
  const big = encodePathTable(records, 'big');
  t.is(little.toString('hex', 0, 10), '01001400000001000000');
  t.is(little.toString('hex', 10, 22), '0400040302010100424f4f54');
  t.is(little.toString('hex', 22), '03001600000002014f444400');
  t.is(big.toString('hex', 10, 22), '0400010203040001424f4f54');
  t.is(big.toString('hex', 22), '03000000001601024f444400');
  t.is(little.length, big.length);
});

const text = (length: number) =>
  fc.stringMatching(/^[ -~]*$/).map((value) => value.slice(0, length).trimEnd());
const identifiers = fc.record({
  systemId: text(32),
  volumeId: text(32),
  volumeSetId: text(128),
  publisherId: text(128),
  preparerId: text(128),
  applicationId: text(128),
});

test('a primary descriptor gives back what was put in', (t) => {
  fc.assert(
    fc.property(identifiers, uint32, (ids, totalBlocks) => {
      const date = { seconds: 1_700_000_000, nanoseconds: 0 };
      const rootRecord = encodeRecord(
        { identifier: '\0', extent: { lba: 30, size: 2048 }, flags: 2, date },
        [],
      );
      const tables = { pathTableSize: 10, pathTableL: 20, pathTableM: 21 };
      const dates = { created: date, modified: undefined };
      const block = encodePrimary({ ...ids, ...tables, ...dates, totalBlocks, rootRecord });
      t.is(block.length, 2048);
      t.is(descriptorType(block), 1);
      const parsed = parsePrimary(block);
      t.like(parsed, { ...ids, ...dates, totalBlocks, blockSize: 2048 });
      t.deepEqual(parsed.root?.extent, { lba: 30, size: 2048 });
    }),
  );
});

test('the terminator', (t) => {
  t.is(encodeTerminator().toString('hex', 0, 8), 'ff43443030310100');
  t.is(descriptorType(Buffer.alloc(2048)), undefined);
});

test('a boot record leads to the catalog', (t) => {
  t.is(parseBootRecord(encodeBootRecord(1234)), 1234);
  t.is(parseBootRecord(Buffer.alloc(2048)), undefined);
});

const catalogEntry = fc.record({
  platform: fc.constantFrom(0, 0xef),
  lba: uint32,
  loadSectors: fc.integer({ min: 1, max: 0xffff }),
});

test('a boot catalog gives back its entries, in sections', (t) => {
  fc.assert(
    fc.property(catalogEntry, fc.array(catalogEntry, { maxLength: 30 }), (first, others) => {
      const bytes = encodeCatalog([first, ...others]);
      const expected = [first, ...others].map((entry) => ({
        ...entry,
        isBootable: true,
        emulation: 0,
        loadSegment: 0,
      }));
      t.deepEqual(parseCatalog(bytes), { id: '', entries: expected });
    }),
  );
});

test('a catalog whose checksum is wrong is none, any other bytes are taken', (t) => {
  const bytes = encodeCatalog([{ platform: 0, lba: 50, loadSectors: 4 }]);
  bytes[5] = 1;
  t.is(parseCatalog(bytes), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2016, maxLength: 2016 }), (random) => {
      const valid = encodeCatalog([{ platform: 0, lba: 50, loadSectors: 4 }]).subarray(0, 32);
      const parsed = parseCatalog(Buffer.concat([valid, random]));
      t.true((parsed?.entries.length ?? 99) < 64);
    }),
  );
});

test('an MBR gives back its partition; other sectors are none', (t) => {
  const template = Buffer.alloc(432, 0xaa);
  const mbr = encodeMbr({ template, diskId: 0xdeadbeef, loader: 3_000_000_000, totalBlocks: 512 });
  t.deepEqual(parseMbr(mbr), {
    diskId: 0xdeadbeef,
    loaderSector: 12_000_000_000n,
    partitions: [{ number: 1, isActive: true, type: 0x17, start: 0, sectors: 2048 }],
  });
  t.is(parseMbr(Buffer.alloc(512)), undefined);
  t.is(parseMbr(Buffer.alloc(0)), undefined);
});

test('sections cover a file without gaps, whole blocks but for the last', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_FILE_SIZE }), (size) => {
      const sections = sectionsOf(1000, size);
      let lba = 1000;
      let total = 0;
      for (const section of sections) {
        t.is(section.lba, lba);
        t.true(section.size <= 0xffff_f800);
        lba += section.size / 2048;
        total += section.size;
      }
      t.is(total, size);
      t.true(sections.slice(0, -1).every((section) => section.size % 2048 === 0));
      t.true(sections.length >= 1 && sections.length <= 100);
    }),
  );
});
