import test from 'ava';
import fc from 'fast-check';
import { main } from '../../src/cli/main.js';
import { run, shellCommand } from '../../src/process.js';
import { flagName, RECIPE_FLAGS, recipeToArgv } from '../../src/recipe/flags.js';
import { parseRecipe, type Recipe, recipeFields } from '../../src/recipe/recipe.js';
import { fakeServices } from '../cli/fixtures/fake-services.js';
import { fakeTerminal } from '../cli/fixtures/fake-terminal.js';
import { recipeArbitrary } from './fixtures/recipe-arbitrary.js';

/** The recipe that the command line makes of arguments. */
async function parse(argv: readonly string[], input?: string): Promise<Recipe | undefined> {
  const services = fakeServices();
  const terminal = fakeTerminal(input === undefined ? {} : { input });
  const [command = '', ...rest] = argv;
  await main([command, '--dry-run', ...rest], { terminal, services });
  return services.recipes[0];
}

test('recipe to command line and back is the same recipe', async (t) => {
  await fc.assert(
    fc.asyncProperty(recipeArbitrary, async (value) => {
      t.deepEqual(await parse(recipeToArgv(value, 'shown')), value);
    }),
    { numRuns: 200 },
  );
});

test('a source that begins like a flag is told from one, whatever follows', async (t) => {
  for (const source of ['-', '-o', '--', '-\n', '-\n`']) {
    const value = parseRecipe({ source, output: 'b' });
    t.deepEqual(await parse(recipeToArgv(value, 'shown')), value, JSON.stringify(source));
  }
});

test('a password that is asked for is not in the command line, and read from standard input', async (t) => {
  const value = parseRecipe({ source: 'a', output: 'b', password: 'secret' });
  const argv = recipeToArgv(value);
  t.deepEqual(argv, ['build', '--output=b', '--password=-', 'a']);
  t.deepEqual(await parse(argv, 'secret\n'), value);
});

test('a shell reads the printed command back to the same arguments', async (t) => {
  const sh = { program: 'sh', purpose: 'reads command lines', debianPackage: 'dash' };
  await fc.assert(
    fc.asyncProperty(recipeArbitrary, async (value) => {
      const argv = recipeToArgv(value, 'shown');
      const printed = await run(sh, ['-c', `printf '%s\\0' ${shellCommand(argv)}`]);
      t.deepEqual(printed.toString().split('\0').slice(0, -1), argv);
    }),
    { numRuns: 25 },
  );
});

test('every field of the recipe but the source has a flag, each flag once', (t) => {
  const fields = RECIPE_FLAGS.map(({ field }) => field);
  t.deepEqual([...fields].sort(), recipeFields.filter((field) => field !== 'source').sort());
  t.is(flagName('headroomBytes'), '--headroom');
  t.is(flagName('checksums'), '--no-checksums');
  t.is(flagName('source'), 'source');
});

test('what takes a file or folder is a path, so that a recipe may lie elsewhere', (t) => {
  for (const { flags, kind } of RECIPE_FLAGS) {
    const takesPath = /<(?:file|dir|script)/.test(flags);
    t.is(['path', 'paths', 'destinations'].includes(kind), takesPath, flags);
  }
});
