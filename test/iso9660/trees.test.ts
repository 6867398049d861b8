import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { planIso, readIso } from '../../src/iso9660/index.js';
import { directoryArbitrary } from './helpers/arbitraries.js';
import { asExtracted, factsOfDisk, factsOfTree, factsOfVolume } from './helpers/facts.js';
import {
  CREATED,
  directory,
  file,
  readFrom,
  symlink,
  temporaryDirectory,
  wholeImage,
  writeImage,
} from './helpers/images.js';
import { isoinfo, xorriso } from './helpers/judges.js';

const OPTIONS = { volumeId: 'TREES', created: CREATED };

test('our reader finds in an image what was put in, whatever the tree', async (t) => {
  await fc.assert(
    fc.asyncProperty(directoryArbitrary({ restorable: false }, 3), async (root) => {
      const image = await wholeImage(planIso(root, OPTIONS));
      const volume = await readIso(readFrom(image));
      t.deepEqual(factsOfVolume(volume.root, image), factsOfTree(root));
    }),
    { numRuns: 150 },
  );
});

test('xorriso extracts what was put in, whatever the tree', async (t) => {
  const scratch = await temporaryDirectory(t);
  let count = 0;
  await fc.assert(
    fc.asyncProperty(directoryArbitrary({ restorable: true }, 3), async (root) => {
      const image = await writeImage(t, planIso(root, OPTIONS));
      const target = join(scratch, String(count++));
      await xorriso('-osirrox', 'on', '-indev', image, '-extract', '/', target);
      t.deepEqual(asExtracted(await factsOfDisk(target)), asExtracted(factsOfTree(root)));
    }),
    { numRuns: 15 },
  );
});

test('equal trees and options give equal bytes', async (t) => {
  await fc.assert(
    fc.asyncProperty(directoryArbitrary({ restorable: false }, 2), async (root) => {
      const reversed = { ...root, entries: new Map([...root.entries].reverse()) };
      const image = await wholeImage(planIso(root, OPTIONS));
      t.true(image.equals(await wholeImage(planIso(root, OPTIONS))));
      t.true(image.equals(await wholeImage(planIso(reversed, OPTIONS))));
    }),
    { numRuns: 30 },
  );
});

test('a directory of 5,000 long names', async (t) => {
  const names = Array.from(
    { length: 5000 },
    (_, index) => `${'long name '.repeat(8)}${index}.conf`,
  );
  const root = directory(Object.fromEntries(names.map((name) => [name, file(name)])));
  const image = await writeImage(t, planIso(directory({ many: root }), OPTIONS));
  const listed = (await xorriso('-indev', image, '-find', '/many', '-type', 'f'))
    .trim()
    .split('\n');
  t.deepEqual(listed.sort(), names.map((name) => `'/many/${name}'`).sort());
  const plain = (await isoinfo('-f', '-i', image)).trim().split('\n');
  t.is(new Set(plain).size, 5001);
});

test('directories 60 levels deep, files at each level', async (t) => {
  let node = directory({ bottom: file('the deepest') });
  for (let level = 60; level > 0; level--)
    node = directory({ [`level${level}`]: node, here: file(`${level}`) });
  const scratch = await temporaryDirectory(t);
  const image = await writeImage(t, planIso(node, OPTIONS));
  await xorriso('-osirrox', 'on', '-indev', image, '-extract', '/', join(scratch, 'out'));
  t.deepEqual(asExtracted(await factsOfDisk(join(scratch, 'out'))), asExtracted(factsOfTree(node)));
  t.is((await isoinfo('-f', '-R', '-i', image)).trim().split('\n').length, 60 + 60 + 1);
});

test('a thousand directories side by side', async (t) => {
  const root = directory(
    Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`d${index}`, directory({ f: file(`${index}`) })]),
    ),
  );
  const bytes = await wholeImage(planIso(root, OPTIONS));
  const volume = await readIso(readFrom(bytes));
  t.deepEqual(factsOfVolume(volume.root, bytes), factsOfTree(root));
});

test('names that are not text, names of 255 bytes', async (t) => {
  const root = directory({
    '\xe4\xf6\xfc': file('latin-1'),
    '\xc3\xa4': file('UTF-8'),
    'new\nline': file('newline'),
    ' ': file('space'),
    ['n'.repeat(255)]: file('long'),
    [`${'n'.repeat(254)}o`]: file('long, too'),
    [`${'m'.repeat(253)}\xff`]: directory({ '...': file('dots') }),
  });
  const scratch = await temporaryDirectory(t);
  const image = await writeImage(t, planIso(root, OPTIONS));
  await xorriso('-osirrox', 'on', '-indev', image, '-extract', '/', join(scratch, 'out'));
  t.deepEqual(asExtracted(await factsOfDisk(join(scratch, 'out'))), asExtracted(factsOfTree(root)));
});

test('symlinks: roots, dots, long components, targets of several continuation areas', async (t) => {
  const targets = [
    '/',
    '//',
    '/etc/passwd',
    '..',
    '.',
    './../a',
    'a/',
    'a//b/./c/',
    'x'.repeat(255),
    `${'x'.repeat(248)}/${'y'.repeat(249)}/z`,
    `/${'component/'.repeat(409)}`.slice(0, 4095),
    'q'.repeat(4095),
  ];
  const root = directory(
    Object.fromEntries(targets.map((target, index) => [`link${index}`, symlink(target)])),
  );
  const bytes = await wholeImage(planIso(root, OPTIONS));
  const volume = await readIso(readFrom(bytes));
  t.deepEqual(factsOfVolume(volume.root, bytes), factsOfTree(root));
});

test('devices, fifos and sockets as xorriso lists them', async (t) => {
  const common = { mode: 0o600, uid: 0, gid: 6, mtime: CREATED };
  const root = directory({
    console: { ...common, kind: 'char', major: 5, minor: 1 },
    sda: { ...common, kind: 'block', major: 8, minor: 0 },
    pipe: { ...common, kind: 'fifo' },
    log: { ...common, kind: 'socket' },
  });
  const image = await writeImage(t, planIso(root, OPTIONS));
  const listing = await xorriso('-indev', image, '-lsl', '/');
  t.regex(listing, /^crw------- +1 0 +6 +5,1 .*'console'$/m);
  t.regex(listing, /^brw------- +1 0 +6 +8,0 .*'sda'$/m);
  t.regex(listing, /^prw------- .*'pipe'$/m);
  t.regex(listing, /^srw------- .*'log'$/m);
});
