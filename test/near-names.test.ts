import test from 'ava';
import { nearNames } from '../src/near-names.js';

const KEYS = ['label', 'kernel', 'disc-include', 'initrd-include', 'initrd-module', 'output'];

test('a misspelt name finds the one that was meant, the likest first', (t) => {
  for (const [wanted, near] of [
    ['lable', 'label'],
    ['ouput', 'output'],
    ['disc_include', 'disc-include'],
    ['DiscInclude', 'disc-include'],
    ['initrd-modules', 'initrd-module'],
  ] as const) {
    t.is(nearNames(wanted, KEYS)[0], near, wanted);
  }
  t.deepEqual(nearNames('colour', KEYS), []);
  t.deepEqual(nearNames('', KEYS), []);
});
