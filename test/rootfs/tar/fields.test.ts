import test from 'ava';
import fc from 'fast-check';
import { parseHeader } from '../../../src/rootfs/tar/header.js';
import { parseDecimal, parseNumberField } from '../../../src/rootfs/tar/number.js';
import { PaxAttributes, parsePaxRecords, parsePaxTime } from '../../../src/rootfs/tar/pax.js';
import { xattrsFromPax } from '../../../src/rootfs/tar/pax-xattrs.js';
import { GNU, header, paxRecord, V7 } from './craft.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

test('octal fields: padded with blanks or NULs on either side, empty ones are 0', (t) => {
  t.is(parseNumberField(bytes('0000644\0')), 0o644);
  t.is(parseNumberField(bytes('   644 \0')), 0o644);
  t.is(parseNumberField(bytes('77777777')), 0o77777777);
  t.is(parseNumberField(bytes('644 999\0')), 0o644);
  t.is(parseNumberField(bytes('\0\0\0\0\0\0\0\0')), 0);
  t.is(parseNumberField(bytes('0000648\0')), undefined);
  t.is(parseNumberField(bytes('-000001\0')), undefined);
});

test('base-256 fields read back every safe integer', (t) => {
  const property = fc.property(fc.maxSafeInteger(), fc.constantFrom(8, 12), (value, length) => {
    const field = Buffer.alloc(length);
    let rest = BigInt(value);
    for (let at = length - 1; at > 0; at--, rest >>= 8n) field[at] = Number(rest & 0xffn);
    field[0] = value < 0 ? 0xff : 0x80;
    // Eight bytes hold 56 bits, which is enough for 2^53.
    return parseNumberField(field) === value;
  });
  fc.assert(property);
  t.is(parseNumberField(Buffer.from(`80${'ff'.repeat(11)}`, 'hex')), undefined);
  t.is(parseNumberField(Buffer.from(`ff00${'00'.repeat(10)}`, 'hex')), undefined);
});

test('decimal numbers are digits only and below 2^53', (t) => {
  t.is(parseDecimal('9007199254740991'), Number.MAX_SAFE_INTEGER);
  for (const text of ['9007199254740992', '', '-1', '+1', '1.0', '0x1', ' 1', '1e3']) {
    t.is(parseDecimal(text), undefined, text);
  }
});

test('both checksums are accepted, wrong ones are not', (t) => {
  const name = 'caf\xe9';
  t.is(parseHeader(header({ name }))?.name, name);
  t.is(parseHeader(header({ name, checksum: 'signed' }))?.name, name);
  t.is(parseHeader(header({ name, checksum: 'wrong' })), undefined);
  t.is(parseHeader(Buffer.alloc(512)), undefined);
});

test('the prefix counts in ustar and star headers only', (t) => {
  const fields = { name: 'n'.repeat(100), prefix: 'p'.repeat(155) };
  t.is(parseHeader(header(fields))?.name, `${fields.prefix}/${fields.name}`);
  t.is(parseHeader(header({ ...fields, magic: GNU }))?.name, fields.name);
  t.is(parseHeader(header({ ...fields, magic: V7 }))?.name, fields.name);
  const star = parseHeader(header({ ...fields, patch: [[508, 'tar\0']] }));
  t.is(star?.format, 'star');
  t.is(star?.name, `${'p'.repeat(131)}/${fields.name}`);
});

test('PAX records read back whatever bytes were written', (t) => {
  const text = (minLength: number) =>
    fc
      .uint8Array({ minLength, maxLength: 120 })
      .map((data) => Buffer.from(data).toString('latin1'));
  const key = text(1).filter((value) => !value.includes('='));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, text(0)), { maxLength: 8 }), (pairs) => {
      const data = bytes(pairs.map(([name, value]) => paxRecord(name, value)).join(''));
      const records = parsePaxRecords(data, 0);
      t.deepEqual(
        records.map(({ key, value }) => [key, value.toString('latin1')]),
        pairs,
      );
    }),
  );
});

test('PAX times keep nanoseconds, before 1970 too', (t) => {
  t.deepEqual(parsePaxTime('1600000000.123456789'), {
    seconds: 1_600_000_000,
    nanoseconds: 123_456_789,
  });
  t.deepEqual(parsePaxTime('5.1'), { seconds: 5, nanoseconds: 100_000_000 });
  t.deepEqual(parsePaxTime('5.1234567899'), { seconds: 5, nanoseconds: 123_456_789 });
  t.deepEqual(parsePaxTime('-1.25'), { seconds: -2, nanoseconds: 750_000_000 });
  t.deepEqual(parsePaxTime('-0.5'), { seconds: -1, nanoseconds: 500_000_000 });
  t.deepEqual(parsePaxTime('-7'), { seconds: -7, nanoseconds: 0 });
  for (const wrong of ['', '.5', '1,5', '1e9', '99999999999999999'])
    t.is(parsePaxTime(wrong), undefined);
});

test('later records win, empty ones take a key back, global ones are the default', (t) => {
  const global = new PaxAttributes();
  global.add(parsePaxRecords(bytes(paxRecord('path', 'a') + paxRecord('uid', '7')), 0));
  const own = new PaxAttributes(global);
  own.add(
    parsePaxRecords(
      bytes(paxRecord('path', 'b') + paxRecord('path', 'c') + paxRecord('uid', '')),
      0,
    ),
  );
  t.is(own.getText('path'), 'c');
  t.is(own.getText('uid'), undefined);
  t.is(global.getText('uid'), '7');
});

test('xattrs come from GNU, libarchive and Red Hat records; raw values win', (t) => {
  const pax = new PaxAttributes();
  const records = [
    paxRecord('SCHILY.xattr.user.a%3Db%25', '\xff\0\n'),
    paxRecord('SCHILY.xattr.user.empty', ''),
    paxRecord('LIBARCHIVE.xattr.user.%C3%A9', '/wA='),
    paxRecord('LIBARCHIVE.xattr.user.empty', 'AAAA'),
    paxRecord('RHT.security.selinux', 'system_u'),
  ];
  pax.add(parsePaxRecords(bytes(records.join('')), 0));
  const found = xattrsFromPax(pax).map(({ name, value }) => [
    name,
    Buffer.from(value).toString('latin1'),
  ]);
  t.deepEqual(found, [
    ['user.a=b%', '\xff\0\n'],
    ['user.empty', ''],
    ['security.selinux', 'system_u\0'],
    ['user.\xc3\xa9', '\xff\0'],
  ]);
});
