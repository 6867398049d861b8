import test from 'ava';
import { dispensable } from '../../src/build/dispensable.js';
import { checkTargetArch, mediumProblem, plannedMedium } from '../../src/build/target-checks.js';
import type { Kernel } from '../../src/initrd/kernel.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import type { RegularFile } from '../../src/rootfs/tree.js';
import { MIB } from '../../src/units.js';
import { attributes, directory, symlink } from '../fixtures/torture-tree.js';

const sized = (size: number): RegularFile => ({
  ...attributes(),
  ...{ kind: 'file', size, runs: [{ offset: 0, length: size }] },
});
const recipe = (more: object) => parseRecipe({ source: 'a', output: 'b', ...more });

test('what can be left out is told by its size on the disc, links once, holes not', (t) => {
  const linked = sized(3 * MIB);
  const sparse: RegularFile = { ...attributes(), kind: 'file', size: 900 * MIB, runs: [] };
  const root = directory({
    usr: directory({
      bin: directory({ program: sized(50 * MIB) }),
      share: directory({
        doc: directory({ a: linked, deep: directory({ b: linked, c: sized(1) }) }),
        man: symlink('doc'),
        locale: directory({ sparse }),
      }),
    }),
    var: directory({ log: directory({ messages: sized(5 * MIB) }) }),
  });
  const film = { ...attributes(), kind: 'file', size: 4 * MIB } as const;
  const include = { from: 'films', files: new Map([[sparse, film]]) };
  t.deepEqual(dispensable(root, [include]), [
    { path: '/var/log', place: 'root filesystem', bytes: 5 * MIB },
    { path: 'films', place: 'included', bytes: 4 * MIB },
    { path: '/usr/share/doc', place: 'root filesystem', bytes: 3 * MIB + 4096 },
  ]);
});

test('an image that does not fit its medium is a failure that names what helps', (t) => {
  const root = directory({ usr: directory({ src: directory({ big: sized(40 * MIB) }) }) });
  const medium = (targetMedium: string, size: number, tree = root) =>
    plannedMedium(recipe({ targetMedium }), size, { root: tree, includes: [] });
  const capacity = medium('cd-700', 0)?.capacity ?? 0;
  t.is(medium('cd-700', capacity)?.left, 0);
  t.is(mediumProblem(medium('cd-700', capacity)), undefined);
  const problem = mediumProblem(medium('cd-700', capacity + MIB));
  t.is(problem?.code, 'output.medium-too-small');
  t.is(problem?.message, 'The disc image would be 1 MiB too large for a CD-R of 700 MB.');
  t.regex(
    problem?.hint ?? '',
    /--exclude=\/usr\/src \(40 MiB\)\. Or compress it: --compress=squashfs\.$/,
  );
  const films = { from: 'my films', place: 'included', bytes: 9 * MIB } as const;
  const spare = { ...films, path: films.from };
  const full = { title: 'DVD', capacity: 1, left: -1, compressed: true, dispensable: [spare] };
  t.regex(mediumProblem(full)?.hint ?? '', /what is in --disc-include='my films' \(9 MiB\)\.$/);
  const nothing = mediumProblem(medium('dvd', 2 ** 40, directory({})));
  t.regex(nothing?.hint ?? '', /larger --target-medium, or leave more out/);
  t.is(medium('usb', 2 ** 40), undefined);
  t.is(plannedMedium(recipe({}), 2 ** 40, { root, includes: [] }), undefined);
});

test('a 64-bit kernel is nothing for a 32-bit machine, and the other way round it is', (t) => {
  const kernel = { version: '6.1.0-28-amd64', arch: 'amd64' } as Kernel;
  const error = t.throws(() => checkTargetArch(kernel, recipe({ targetArch: 'i386' })));
  t.like(error, { code: 'rootfs.kernel-arch', exitCode: 4 });
  t.notThrows(() => checkTargetArch(kernel, recipe({ targetArch: 'x86_64' })));
  t.notThrows(() => checkTargetArch(kernel, recipe({})));
  const old = { ...kernel, arch: 'i386' } as Kernel;
  for (const targetArch of ['i386', 'x86_64']) {
    t.notThrows(() => checkTargetArch(old, recipe({ targetArch })));
  }
});
