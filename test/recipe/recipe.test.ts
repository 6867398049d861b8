import test from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { GIB } from '../../src/units.js';

const least = { source: 'rootfs.tar', output: 'live.iso' };

function problems(input: unknown): string {
  try {
    parseRecipe(input);
  } catch (error) {
    if (error instanceof SnapdiscError && error.code === 'usage.recipe') return error.message;
    throw error;
  }
  return '';
}

test('source and output are enough; everything else has a default', (t) => {
  t.deepEqual(parseRecipe(least), {
    ...least,
    label: 'SNAPDISC',
    append: '',
    headroomBytes: 8 * GIB,
    compress: 'none',
    cow: 'zram',
    exclude: [],
    discInclude: [],
    serial: false,
    autologin: false,
    force: false,
    initrdModules: [],
    initrdIncludes: [],
    initrdHooks: [],
    bootstrapInclude: [],
    checksums: true,
    pad: true,
    applicationId: 'SNAPDISC',
    systemId: 'LINUX',
    isoOwners: 'rationalise',
  });
});

test('a checked recipe is checked again to the same recipe', (t) => {
  const recipe = parseRecipe({
    ...least,
    headroomBytes: '512M',
    discInclude: ['docs', 'a\\:b:/c', { from: 'x/' }],
    initrdIncludes: ['lib/firmware.bin', 'tool:/bin/tool'],
  });
  t.is(recipe.headroomBytes, 512 * 1024 ** 2);
  t.deepEqual(recipe.discInclude, [
    { from: 'docs', to: '/' },
    { from: 'a:b', to: '/c' },
    { from: 'x/', to: '/' },
  ]);
  t.deepEqual(recipe.initrdIncludes, [
    { from: 'lib/firmware.bin' },
    { from: 'tool', to: '/bin/tool' },
  ]);
  t.deepEqual(parseRecipe(recipe), recipe);
});

test('a compressed root has no sectors that could be mapped directly', (t) => {
  for (const compress of ['squashfs', 'erofs']) {
    t.is(parseRecipe({ ...least, compress }).origin, undefined);
    t.is(parseRecipe({ ...least, compress, origin: 'loop' }).origin, 'loop');
    t.is(
      problems({ ...least, compress, origin: 'direct' }),
      `origin direct is not possible with compress ${compress}: what is compressed has no sectors of the drive`,
    );
  }
  t.is(problems({ ...least, compress: 'none', origin: 'direct' }), '');
  t.regex(
    problems({ ...least, compress: 'zip' }),
    /compress must be one of: none, squashfs, erofs/,
  );
});

test('all problems come in one error, each with its field', (t) => {
  const message = problems({
    output: '-',
    label: 'x'.repeat(33),
    append: 'quiet\nLABEL evil',
    headroomBytes: '8GB',
    origin: 'sideways',
    exclude: ['fine', ''],
    discInclude: ['', 'docs:relative', 'docs:/a/../b'],
    user: 'Root!',
    password: 'two\nlines',
    serial: 'yes',
    colour: 'red',
  });
  t.regex(message, /^14 things are wrong:/);
  for (const line of [
    'source is missing',
    'output must be a file',
    'label is longer than 32 characters',
    'append holds a line break',
    'headroomBytes has a wrong value: "8GB" is not a size',
    'origin must be one of: direct, loop',
    'exclude number 2 is empty',
    'discInclude number 1 is empty',
    'discInclude number 2 needs an absolute path',
    'discInclude number 3 needs an absolute path',
    'user must be 1 to 32',
    'password holds a line break',
    'serial must be true or false',
  ]) {
    t.true(message.includes(`\n  - ${line}`), `${line}\n${message}`);
  }
});

test('one problem is one sentence, and the caller names the field', (t) => {
  const error = t.throws(() => parseRecipe({ source: 'a' }, (field) => `--${field}`), {
    instanceOf: SnapdiscError,
  });
  t.is(error?.message, '--output is missing');
  t.is(error?.exitCode, 2);
});

test('labels, identifiers and sizes keep within what the disc can hold', (t) => {
  for (const [fields, problem] of [
    [{ label: '' }, 'label is empty'],
    [{ label: 'a/b' }, 'label may hold only'],
    [{ label: ' a' }, 'label begins or ends with a space'],
    [{ publisher: 'p'.repeat(129) }, 'publisher is longer than 128 bytes'],
    [{ publisher: '_x' }, 'publisher begins with an underscore'],
    [{ preparer: '_' }, 'preparer begins with an underscore'],
    [{ applicationId: '_x' }, 'applicationId begins with an underscore'],
    [{ password: 'é'.repeat(129) }, 'password is longer than 256 bytes'],
    [{ password: 'x'.repeat(257) }, 'password is longer than 256 bytes'],
    [{ exclude: ['a', '..'] }, 'exclude number 2 matches no path: Globs look like'],
    [{ systemId: 'Ü' }, 'systemId may hold only printable ASCII'],
    [{ headroomBytes: -1 }, 'headroomBytes must be whole bytes'],
    [{ headroomBytes: 0.5 }, 'headroomBytes must be whole bytes'],
    [{ headroomBytes: '9T' }, 'headroomBytes is over 8T'],
    [{ append: 'x'.repeat(2047) }, 'append is 2047 bytes long'],
    [{ kernel: 'a\0b' }, 'kernel holds a NUL'],
    [{ discInclude: [{ from: 'a', mode: 7 }] }, 'discInclude number 1 has no field mode'],
  ] as const) {
    t.true(problems({ ...least, ...fields }).includes(problem), problem);
  }
  t.is(problems({ ...least, publisher: 'a_', password: 'é'.repeat(128), exclude: ['..a'] }), '');
  t.is(problems({ ...least, label: 'Debian 12.1_x-y', append: 'x'.repeat(2046) }), '');
});

test('anything at all gives a recipe or usage.recipe, never another failure', (t) => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 4 }), (input) => {
      problems(input);
    }),
  );
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...Object.keys(parseRecipe(least))), fc.anything()),
      (input) => {
        problems({ ...least, ...input });
      },
    ),
  );
  t.not(problems(undefined), '');
});
