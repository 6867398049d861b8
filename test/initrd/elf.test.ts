import { readFile } from 'node:fs/promises';
import test from 'ava';
import fc from 'fast-check';
import { ElfError, parseElf } from '../../src/initrd/elf.js';
import { run } from '../../src/process.js';
import { elf } from './helpers/elf.js';

const READELF = { program: 'readelf', purpose: 'judges', debianPackage: 'binutils' };

const name = fc.stringMatching(/^[a-z0-9._+-]{1,20}$/);
const recipe = fc.record(
  {
    bits: fc.constantFrom(32 as const, 64 as const),
    littleEndian: fc.boolean(),
    machine: fc.integer({ min: 0, max: 0xffff }),
    type: fc.constantFrom(1, 2, 3),
    interpreter: name.map((file) => `/lib/${file}`),
    needed: fc.array(name, { maxLength: 5 }),
    soname: name,
    runpath: fc.array(name, { minLength: 1, maxLength: 3 }).map((paths) => paths.join(':')),
  },
  { requiredKeys: ['bits', 'littleEndian', 'machine', 'type'] },
);

test('reads back what was written, in both classes and byte orders', (t) => {
  fc.assert(
    fc.property(recipe, (wanted) => {
      const found = parseElf(elf(wanted));
      t.is(found.bits, wanted.bits);
      t.is(found.littleEndian, wanted.littleEndian);
      t.is(found.machine, wanted.machine);
      t.is(found.type, wanted.type);
      t.is(found.interpreter, wanted.interpreter);
      t.deepEqual(found.needed, wanted.needed ?? []);
      t.is(found.soname, wanted.soname);
      t.deepEqual(found.runpath, wanted.runpath?.split(':') ?? []);
    }),
  );
});

test('RUNPATH silences RPATH', (t) => {
  t.deepEqual(parseElf(elf({ rpath: '/a:/b' })).rpath, ['/a', '/b']);
  const both = parseElf(elf({ rpath: '/a', runpath: '/b' }));
  t.deepEqual(both.rpath, []);
  t.deepEqual(both.runpath, ['/b']);
});

test('names that are too long together are refused', (t) => {
  const needed = Array.from({ length: 10 }, () => 'x'.repeat(10_000));
  t.throws(() => parseElf(elf({ needed })), { instanceOf: ElfError, message: /too long/ });
});

test('damaged files give an ElfError or a result, nothing else', (t) => {
  const whole = elf({
    interpreter: '/lib/ld.so',
    needed: ['libc.so.6', 'libm.so.6'],
    runpath: '/x',
  });
  const damage = fc.array(
    fc.record({ at: fc.nat(whole.length - 1), byte: fc.integer({ min: 0, max: 255 }) }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(damage, fc.nat(whole.length), (changes, length) => {
      const bytes = Buffer.from(whole);
      for (const { at, byte } of changes) bytes[at] = byte;
      for (const input of [bytes, bytes.subarray(0, length)]) {
        try {
          t.true(Array.isArray(parseElf(input).needed));
        } catch (error) {
          t.true(error instanceof ElfError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('any bytes at all are refused or read', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, withMagic) => {
      const input = withMagic ? Buffer.concat([Buffer.from('\x7fELF\x02\x01'), bytes]) : bytes;
      try {
        parseElf(input);
        t.is(Buffer.from(input).toString('latin1', 0, 4), '\x7fELF');
      } catch (error) {
        t.true(error instanceof ElfError);
      }
    }),
  );
});

test('says what is wrong', (t) => {
  t.throws(() => parseElf(Buffer.from('#!/bin/sh\n')), { message: 'it is not an ELF file' });
  t.throws(() => parseElf(elf().subarray(0, 40)), { message: /truncated/ });
  const odd = elf();
  odd[4] = 9;
  t.throws(() => parseElf(odd), { message: 'its ELF class is 9' });
});

for (const program of ['/bin/sh', '/sbin/dmsetup', '/bin/busybox', process.execPath]) {
  test(`agrees with readelf about ${program}`, async (t) => {
    const content = await readFile(program).catch(() => undefined);
    if (content === undefined) {
      t.pass(`${program} is not installed here`);
      return;
    }
    let said: string;
    try {
      said = (await run(READELF, ['-dlhW', program])).toString();
    } catch {
      t.log('readelf is not installed here');
      t.true(parseElf(content).machine > 0);
      return;
    }
    const found = parseElf(content);
    const all = (expression: RegExp) => [...said.matchAll(expression)].map((match) => match[1]);
    t.deepEqual([...found.needed], all(/\(NEEDED\).*\[(.*)\]/g));
    t.deepEqual([found.interpreter].filter(Boolean), all(/program interpreter: (.*)\]/g));
    t.true(said.includes(`ELF${found.bits}`));
  });
}
