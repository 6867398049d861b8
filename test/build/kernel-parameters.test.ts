import test from 'ava';
import { kernelParameters } from '../../src/build/kernel-parameters.js';
import { parseRecipe } from '../../src/recipe/recipe.js';

const parameters = (more: object) =>
  kernelParameters(parseRecipe({ source: 'a', output: 'b.iso', ...more }));

test('the serial console comes last among consoles, the user’s parameters last of all', (t) => {
  const ours = 'rootfstype=ramfs initcall_blacklist=tracer_init_tracefs';
  t.is(parameters({}), `${ours} quiet`);
  t.is(
    parameters({ serial: true, append: ' live.cow=ram  ' }),
    `${ours} console=tty0 console=ttyS0,115200 quiet live.cow=ram`,
  );
});
