import test from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { keyOf } from '../../src/recipe/names.js';
import { recipeFields } from '../../src/recipe/recipe.js';
import { parseRecipeFile, parseUserFile } from '../../src/recipe/settings-file.js';

const recipe = (text: string, path = 'snapdisc.yaml') => parseRecipeFile(Buffer.from(text), path);
const user = (text: string) => parseUserFile(Buffer.from(text), '/home/ana/config.yaml');

test('keys are the flags; paths are taken from the file; every key tells its place', (t) => {
  const text = `# a comment
source: rootfs.tar
output: out/live.iso
headroom: 512M
checksums: false
exclude: ['*.pyc', /usr/share/doc]
disc-include:
  - docs
  - extra:/opt
  - from: /srv/x
    to: /y
initrd-module: [e1000]
initrd-include:
  - a\\:b
initrd-hook: [hook:1]
isolinux-dir: ../menu
`;
  const { discs, problems, axes } = recipe(text, '/build/snapdisc.yaml');
  t.deepEqual(problems, []);
  t.is(axes.size, 0);
  t.is(discs.length, 1);
  const layer = discs[0]?.layer;
  t.deepEqual(layer?.values, {
    source: '/build/rootfs.tar',
    output: '/build/out/live.iso',
    headroomBytes: '512M',
    checksums: false,
    exclude: ['*.pyc', '/usr/share/doc'],
    discInclude: [
      { from: '/build/docs' },
      { from: '/build/extra', to: '/opt' },
      { from: '/srv/x', to: '/y' },
    ],
    initrdModules: ['e1000'],
    initrdIncludes: [{ from: '/build/a:b' }],
    initrdHooks: ['/build/hook:1'],
    isolinuxDir: '/build/../menu',
  });
  t.is(layer?.where('source'), '/build/snapdisc.yaml:2:1');
  t.is(layer?.where('discInclude'), '/build/snapdisc.yaml:7:1');
});

test('beside us, paths stay as they are written; standard input is no path', (t) => {
  const { layer } = recipe('source: "-"\noutput: a/../b.iso\n').discs[0] ?? {};
  t.deepEqual(layer?.values, { source: '-', output: 'a/../b.iso' });
  const elsewhere = recipe('source: "-"\noutput: b.iso\n', 'x/y/z.yaml').discs[0]?.layer;
  t.deepEqual(elsewhere?.values, { source: '-', output: 'x/y/b.iso' });
  t.is(recipe('source: a', '/z.yaml').discs[0]?.layer.values.source, '/a');
});

test('everything that is wrong comes at once, in the order of the file, with suggestions', (t) => {
  const text = `label: 12
lable: x
exclude: "*.pyc"
serial: yes
user:
headroom: 8GB
origin: sideways
disc-include:
  - docs
  - from: a
    mode: 7
  - b:relative
  - 5
kernel: 6.1
exclude: []
`;
  t.deepEqual(recipe(text).problems, [
    'snapdisc.yaml:1:8: label must be text: put it in quotes',
    'snapdisc.yaml:2:1: there is no lable; did you mean label?',
    'snapdisc.yaml:3:10: exclude must be a list: ["*.pyc"]',
    'snapdisc.yaml:4:9: serial must be true or false',
    'snapdisc.yaml:5:6: user has no value',
    'snapdisc.yaml:6:11: headroom has a wrong value: "8GB" is not a size. Units are powers of 1,024: write 8G or 8GiB, not 8GB.',
    'snapdisc.yaml:7:9: origin must be one of: direct, loop',
    'snapdisc.yaml:11:5: there is no mode',
    'snapdisc.yaml:12:5: disc-include number 3 needs an absolute path after the colon, without . or ..',
    'snapdisc.yaml:13:5: disc-include number 4 must be FROM or FROM:TO, or keys from and to',
    'snapdisc.yaml:14:9: kernel must be text: put it in quotes',
    'snapdisc.yaml:15:1: exclude was given before, in line 3',
  ]);
  t.deepEqual(recipe('[1, 2]').problems, ['snapdisc.yaml:1:1: the file must be keys with values']);
});

test('what is no YAML is one error with every place', (t) => {
  const error = t.throws(() => recipe('a: [1\nb: }'), { instanceOf: SnapdiscError });
  t.is(error?.code, 'usage.recipe');
  t.regex(error?.message ?? '', /snapdisc\.yaml:2:1: .*\n.*snapdisc\.yaml:2:4: /);
  t.regex(error?.hint ?? '', /docs\/recipe\.md/);
});

const MATRIX = `source: debian-{arch}.tar
output: debian-{arch}-{flavour}.iso
label: BASE
matrix:
  arch:
    i386:
    amd64:
      append: for={arch}
  flavour:
    text: {}
    rescue:
      label: RESCUE {arch}
      exclude: ['{arch}/*', '{other}']
`;

test('a matrix makes a disc of each combination; later axes count more', (t) => {
  const { discs, problems } = recipe(MATRIX);
  t.deepEqual(problems, []);
  t.deepEqual(
    discs.map(({ layer }) => layer.values),
    [
      { source: 'debian-i386.tar', output: 'debian-i386-text.iso', label: 'BASE' },
      {
        source: 'debian-i386.tar',
        output: 'debian-i386-rescue.iso',
        label: 'RESCUE i386',
        exclude: ['i386/*', '{other}'],
      },
      {
        source: 'debian-amd64.tar',
        output: 'debian-amd64-text.iso',
        label: 'BASE',
        append: 'for=amd64',
      },
      {
        source: 'debian-amd64.tar',
        output: 'debian-amd64-rescue.iso',
        label: 'RESCUE amd64',
        append: 'for=amd64',
        exclude: ['amd64/*', '{other}'],
      },
    ],
  );
  const last = discs.at(-1)?.layer;
  t.is(last?.where('label'), 'snapdisc.yaml:12:7');
  t.is(last?.where('append'), 'snapdisc.yaml:8:7');
  t.is(last?.where('source'), 'snapdisc.yaml:1:1');
});

const VARIANTS =
  'needs variants with what each sets, such as {i386: {target-arch: i386}, x86_64: {target-arch: x86_64}}';

test('an axis that is no mapping is one mistake, told with an example that is right', (t) => {
  for (const axis of ['[i386, x86_64]', 'i386', '', '{}', '5']) {
    const { problems } = recipe(`matrix:\n  arch: ${axis}\n`);
    t.deepEqual(problems, [`snapdisc.yaml:2:9: arch ${VARIANTS}`], axis);
  }
  const example = /\{.*\}$/.exec(VARIANTS)?.[0];
  const right = recipe(`matrix:\n  arch: ${example}\n`);
  t.deepEqual(right.problems, []);
  t.deepEqual(
    right.discs.map(({ layer }) => layer.values.targetArch),
    ['i386', 'x86_64'],
  );
  t.regex(
    recipe('matrix: [arch]\n').problems.join(),
    /^snapdisc\.yaml:1:9: matrix needs axes, such/,
  );
});

test('a matrix is checked like the rest', (t) => {
  const text = `matrix:
  Arch:
    a/b: {labl: x, matrix: {}}
  empty: {}
`;
  t.deepEqual(recipe(text).problems, [
    'snapdisc.yaml:3:5: Arch must be a name of up to 32 of a-z, 0-9 and -, beginning with a letter',
    `snapdisc.yaml:4:10: empty ${VARIANTS}`,
  ]);
  t.deepEqual(recipe('matrix:\n  arch:\n    a: {labl: x, matrix: {}}\n').problems, [
    'snapdisc.yaml:3:9: there is no labl; did you mean label?',
    'snapdisc.yaml:3:18: there is no matrix',
  ]);
  const long = recipe(`label: 'x{arch}'\nmatrix: {arch: {a: , ${'b'.repeat(32)}: }}\n`);
  t.deepEqual(long.problems, ['snapdisc.yaml:1:1: label is longer than 32 characters']);
  const variants = Array.from({ length: 20 }, (_, each) => `v${each}: `).join(', ');
  const many = recipe(`matrix: {a: {${variants}}, b: {${variants}}}`);
  t.deepEqual(many.problems, ['snapdisc.yaml:1:9: matrix makes 400 discs; at most 256 can be']);
  t.is(many.discs.length, 0);
});

test('settings for all builds name no source, output or matrix', (t) => {
  t.deepEqual(user('label: ANA\nserial: true\n').layer.values, { label: 'ANA', serial: true });
  const { problems } = user('source: a\noutput: b\nmatrix: {}\nlabl: x\n');
  t.deepEqual(problems, [
    '/home/ana/config.yaml:1:1: source belongs in a recipe: it is not the same for all discs',
    '/home/ana/config.yaml:2:1: output belongs in a recipe: it is not the same for all discs',
    '/home/ana/config.yaml:3:1: matrix belongs in a recipe: it is not the same for all discs',
    '/home/ana/config.yaml:4:1: there is no labl; did you mean label?',
  ]);
});

test('any values at all give a recipe or problems, never a failure', (t) => {
  const keys = fc.constantFrom(...recipeFields.map(keyOf), 'matrix', 'other');
  const anything = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(fc.dictionary(keys, anything), anything, (input, matrix) => {
      for (const value of [
        input,
        { ...input, matrix: { a: { b: input } } },
        { ...input, matrix },
      ]) {
        const { problems } = recipe(JSON.stringify(value));
        for (const line of problems) t.regex(line, /^snapdisc\.yaml:\d+:\d+: ./);
      }
    }),
  );
});
