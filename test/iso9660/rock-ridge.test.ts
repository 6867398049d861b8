import test from 'ava';
import fc from 'fast-check';
import { nmEntries, pnEntry, pxEntry, slEntries, tfEntry } from '../../src/iso9660/rock-ridge.js';
import { rockRidgeFacts } from '../../src/iso9660/rock-ridge-facts.js';
import {
  CE_LENGTH,
  CONTINUATION_LIMIT,
  ceEntry,
  divideEntries,
  entriesLength,
  parseSuspArea,
  spEntry,
  suspSkip,
} from '../../src/iso9660/susp.js';
import { nameArbitrary } from './helpers/arbitraries.js';
import { ATTRIBUTES } from './helpers/images.js';

const factsOf = (...entries: Uint8Array[]) =>
  rockRidgeFacts(parseSuspArea(Buffer.concat(entries)).entries);

test('NM gives back any name', (t) => {
  fc.assert(
    fc.property(nameArbitrary, (name) => {
      const entries = nmEntries(name);
      t.true(entries.every(({ length }) => length <= 255));
      t.is(factsOf(...entries).name, name);
    }),
  );
});

const component = fc.oneof(nameArbitrary, fc.constantFrom('', '.', '..'));

test('SL gives back any target', (t) => {
  fc.assert(
    fc.property(fc.array(component, { minLength: 1, maxLength: 30 }), (names) => {
      const target = names.join('/') || '/';
      const entries = slEntries(target);
      t.true(entries.every(({ length }) => length <= 255));
      t.is(factsOf(...entries).target, target);
    }),
  );
});

test('the bytes of SL: root, name, parent, current', (t) => {
  const [entry] = slEntries('/ab/.././c');
  const expected = [...Buffer.from('SL'), 19, 1, 0, 8, 0, 0, 2, 97, 98, 4, 0, 2, 0, 0, 1, 99];
  t.deepEqual([...(entry ?? [])], [...expected.slice(0, 2), expected.length, ...expected.slice(3)]);
});

test('PX holds type, mode, owner, links and serial number', (t) => {
  const bytes = pxEntry('symlink', ATTRIBUTES, { links: 3, serial: 77 });
  t.is(bytes.length, 44);
  t.deepEqual(factsOf(bytes).posix, { mode: 0o120644, uid: 1000, gid: 100 });
  t.is(bytes.readUInt32LE(12), 3);
  t.is(bytes.readUInt32BE(40), 77);
});

test('TF gives back the modification time, in short and in long form', (t) => {
  t.is(factsOf(tfEntry({ seconds: 1_234_567_890 })).mtime?.seconds, 1_234_567_890);
  const long = Buffer.concat([
    Buffer.from([...Buffer.from('TF'), 39, 1, 0x83]),
    Buffer.from('1999123123595900\0'),
    Buffer.from('2009021323313050\0'),
  ]);
  t.deepEqual(factsOf(long).mtime, { seconds: 1_234_567_890, nanoseconds: 500_000_000 });
});

test('PN gives back every device number that Linux reads', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4095 }),
      fc.integer({ min: 0, max: 0xfffff }),
      (major, minor) => {
        t.deepEqual(factsOf(pnEntry(major, minor)).device, { major, minor });
      },
    ),
  );
  t.deepEqual(factsOf(pnEntry(0, 255)).device, { major: 0, minor: 255 });
});

test('divided entries keep their order, fit, and leave room for CE', (t) => {
  const entries = fc.array(fc.uint8Array({ minLength: 4, maxLength: 255 }), { maxLength: 40 });
  fc.assert(
    fc.property(entries, fc.integer({ min: 28, max: 220 }), (list, capacity) => {
      const { inRecord, areas } = divideEntries(list, capacity);
      t.deepEqual([...inRecord, ...areas.flat()], list);
      const limits = [capacity, ...areas.map(() => CONTINUATION_LIMIT)];
      [inRecord, ...areas].forEach((group, index) => {
        const ce = index < areas.length ? CE_LENGTH : 0;
        t.true(entriesLength(group) + ce <= (limits[index] ?? 0));
      });
    }),
  );
});

test('CE is followed, ST and rubbish end an area', (t) => {
  const pointer = { lba: 5, offset: 6, length: 7 };
  t.deepEqual(parseSuspArea(ceEntry(pointer)), { entries: [], continuation: pointer });
  const stopped = Buffer.concat([Buffer.from([0x53, 0x54, 4, 1]), spEntry()]);
  t.deepEqual(parseSuspArea(stopped).entries, []);
  t.deepEqual(parseSuspArea(Buffer.from([0x4e, 0x4d, 200, 1, 0])).entries, []);
});

test('SP is what tells that Rock Ridge may follow', (t) => {
  t.is(suspSkip(spEntry()), 0);
  t.is(suspSkip(Buffer.from([...Buffer.from('SP'), 7, 1, 0xbe, 0xef, 14])), 14);
  t.is(suspSkip(Buffer.from([...Buffer.from('SP'), 7, 1, 0xbe, 0xee, 0])), undefined);
  t.is(suspSkip(Buffer.alloc(0)), undefined);
});

test('any bytes are taken apart without an exception', (t) => {
  const signatures = fc.constantFrom('PX', 'TF', 'NM', 'SL', 'PN', 'CL', 'RE', 'CE', 'SP');
  const entry = fc
    .tuple(signatures, fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 60 }))
    .map(([signature, length, data]) =>
      Buffer.from([...Buffer.from(signature), length, 1, ...data]),
    );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), (list) => {
      t.notThrows(() => factsOf(...list));
      t.notThrows(() => suspSkip(Buffer.concat(list)));
    }),
    { numRuns: 2000 },
  );
});
