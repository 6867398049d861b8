import test from 'ava';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { locate, MAX_YAML_BYTES, parseYaml } from '../../src/recipe/yaml-document.js';

const read = (text: string) => parseYaml(Buffer.from(text));
const problems = (text: string | Uint8Array) =>
  parseYaml(Buffer.from(text)).problems.map(({ at, message }) =>
    at === undefined ? message : `${at.line}:${at.column} ${message}`,
  );

const key = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('__proto__', 'toString', '<<'));
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.string(),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(key, tie('any'), { maxKeys: 4 }),
  ),
})).any;

test('what a YAML library writes is read back, as the library itself reads it', (t) => {
  fc.assert(
    fc.property(fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 }), (input) => {
      const text = stringify(input, { aliasDuplicateObjects: false });
      const { root, problems } = read(text);
      t.deepEqual(problems, []);
      t.deepEqual(root?.value, parse(text));
    }),
  );
});

test('an empty file is an empty mapping', (t) => {
  for (const text of ['', '\n', '# nothing\n', '---\n', '\ufeff']) {
    t.deepEqual(read(text).root?.value, {}, JSON.stringify(text));
    t.deepEqual(read(text).problems, []);
  }
});

test('values and keys are found where they are written', (t) => {
  const { root } = read('a:\n  - x\n  - from: y\n    to: z\nb: {c: 1}\n');
  if (root === undefined) return t.fail();
  t.deepEqual(locate(root, []), { line: 1, column: 1 });
  t.deepEqual(locate(root, ['a']), { line: 2, column: 3 });
  t.deepEqual(locate(root, ['a'], true), { line: 1, column: 1 });
  t.deepEqual(locate(root, ['a', 1, 'to']), { line: 4, column: 9 });
  t.deepEqual(locate(root, ['a', 1, 'to'], true), { line: 4, column: 5 });
  t.deepEqual(locate(root, ['b', 'c']), { line: 5, column: 8 });
  // What is missing is missing in what holds it.
  t.deepEqual(locate(root, ['b', 'd', 'e']), { line: 5, column: 4 });
});

test('everything that is no plain data is refused, with its place', (t) => {
  for (const [text, problem] of [
    ['a: 1\na: 2\n', '2:1 a was given before, in line 1'],
    ['a: &x 1\nb: *x\n', '2:4 *x: aliases cannot be used here'],
    ['1: x\n', '1:1 a key must be text: put it in quotes'],
    ['? [a]\n: x\n', '1:3 a key must be text: put it in quotes'],
    ['a: 1\n---\nb: 2\n', '2:1 a second document begins'],
    ['a: !!js/function x\n', '1:4 Unresolved tag: tag:yaml.org,2002:js/function'],
    ['a: !!binary aGk=\n', '1:4 Unresolved tag: tag:yaml.org,2002:binary'],
    [
      'a: [\n',
      '2:1 Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ] as const) {
    t.deepEqual(problems(text), [problem]);
  }
});

test('messages cannot move the cursor', (t) => {
  for (const text of ['\x1b[2Ja: 1\n\x1b[2Ja: 2\n', 'a: *x\x1b2J\n']) {
    t.regex(problems(text).join('\n'), /\\x1b/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    t.notRegex(problems(text).join('\n'), /\x1b/);
  }
});

test('what is no text is refused', (t) => {
  t.deepEqual(problems(Buffer.from('a: \xfc', 'latin1')), ['is not UTF-8 text']);
  t.deepEqual(problems(Buffer.from('\ufeffa: 1', 'utf16le')), ['is not UTF-8 text']);
  t.deepEqual(problems('#'.repeat(MAX_YAML_BYTES + 1)), ['is longer than 64 KiB']);
  t.deepEqual(problems('#'.repeat(MAX_YAML_BYTES)), []);
});

test('bombs go off nowhere', (t) => {
  const deep = 'is nested more than 64 levels deep';
  const bombs: readonly (readonly [string, RegExp | string])[] = [
    ['['.repeat(60_000), deep],
    ['- '.repeat(30_000), deep],
    ['? '.repeat(30_000), deep],
    ['{a: '.repeat(15_000), deep],
    [Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'), deep],
    [`a: &a [x]\n${'b: [*a, *a]\n'}`, /aliases cannot be used/],
    [']'.repeat(10_000), /Unexpected flow-seq-end/],
    [Array.from({ length: 7_000 }, (_, each) => `k${each}: 1`).join('\n'), ''],
  ];
  for (const [text, problem] of bombs) {
    const began = performance.now();
    const [first = ''] = problems(text);
    if (typeof problem === 'string') t.is(first, problem);
    else t.regex(first, problem);
    t.true(performance.now() - began < 20_000, text.slice(0, 20));
  }
});

test('any bytes give a document or problems, never a failure', (t) => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        'a',
        ':',
        ' ',
        '-',
        '\n',
        '[',
        '{',
        '}',
        ']',
        '"',
        '&',
        '*',
        '!',
        '|',
        '?',
        '%',
        '#',
        ',',
        '\t',
      ),
      { maxLength: 60 },
    )
    .map((parts) => Buffer.from(parts.join('')));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), yamlish), (bytes) => {
      const { root, problems } = parseYaml(bytes);
      t.true(root !== undefined || problems.length > 0);
    }),
    { numRuns: 500 },
  );
});
