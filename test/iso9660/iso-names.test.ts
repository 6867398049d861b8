import test from 'ava';
import fc from 'fast-check';
import { compareIdentifiers, isoIdentifiers } from '../../src/iso9660/iso-names.js';
import { nameArbitrary } from './helpers/arbitraries.js';

const files = (...names: string[]) => new Map(names.map((name) => [name, { kind: 'file' }]));
const identifiersOf = (...names: string[]) => Object.fromEntries(isoIdentifiers(files(...names)));

test('plain names change their case and get a version', (t) => {
  t.deepEqual(identifiersOf('isolinux.cfg', 'README', 'root.img'), {
    'isolinux.cfg': 'ISOLINUX.CFG;1',
    README: 'README.;1',
    'root.img': 'ROOT.IMG;1',
  });
});

test('other characters become underscores, only the last dot separates', (t) => {
  t.deepEqual(identifiersOf('vmlinuz-6.1.0-18-amd64', '.hidden', 'a b.tar.gz', '\xe4'), {
    'vmlinuz-6.1.0-18-amd64': 'VMLINUZ_6_1.0_18_AMD;1',
    '.hidden': '_HIDDEN.;1',
    'a b.tar.gz': 'A_B_TAR.GZ;1',
    '\xe4': '_.;1',
  });
});

test('directories have no extension and no version', (t) => {
  const entries = new Map([['boot.d', { kind: 'directory' }]]);
  t.is(isoIdentifiers(entries).get('boot.d'), 'BOOT_D');
});

test('of colliding names the one that only changed case stays, the others are numbered', (t) => {
  t.deepEqual(identifiersOf('a+b', 'a_b', 'a-b'), {
    a_b: 'A_B.;1',
    'a+b': 'A_B_1.;1',
    'a-b': 'A_B_2.;1',
  });
});

test('a number never makes a new collision', (t) => {
  t.deepEqual(identifiersOf('a', 'A', 'A_1'), { A: 'A.;1', A_1: 'A_1.;1', a: 'A_2.;1' });
});

test('ten thousand names that differ after byte 200', (t) => {
  const names = Array.from({ length: 10_000 }, (_, index) => 'x'.repeat(200) + index);
  t.is(new Set(isoIdentifiers(files(...names)).values()).size, names.length);
});

const entriesArbitrary = fc
  .uniqueArray(fc.tuple(nameArbitrary, fc.constantFrom('file', 'directory')), {
    selector: ([name]) => name,
    maxLength: 40,
  })
  .map((list) => new Map(list.map(([name, kind]) => [name, { kind }])));

test('identifiers are valid, different, and depend on nothing but names and kinds', (t) => {
  fc.assert(
    fc.property(entriesArbitrary, (entries) => {
      const identifiers = isoIdentifiers(entries);
      for (const [name, identifier] of identifiers) {
        const form =
          entries.get(name)?.kind === 'directory'
            ? /^[A-Z0-9_]{1,31}$/
            : /^[A-Z0-9_]+\.[A-Z0-9_]*;1$/;
        t.regex(identifier, form);
        t.true(identifier.length <= 33);
      }
      const withoutDots = [...identifiers.values()].map((text) => text.replace(/\.?;1$/, ''));
      t.is(new Set(withoutDots).size, entries.size);
      const reversed = isoIdentifiers(new Map([...entries].reverse()));
      t.deepEqual([...reversed].sort(), [...identifiers].sort());
    }),
  );
});

test('the order is that of ECMA-119 9.3', (t) => {
  const filled = (identifier: string) => {
    const [base = '', extension = ''] = identifier.replace(/;1$/, '').split('.');
    return base.padEnd(31, ' ') + extension.padEnd(30, ' ');
  };
  fc.assert(
    fc.property(entriesArbitrary, (entries) => {
      const identifiers = [...isoIdentifiers(entries).values()];
      const ours = identifiers.toSorted(compareIdentifiers);
      t.deepEqual(ours.map(filled), identifiers.map(filled).sort());
    }),
  );
});
