import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { prepareBuild } from '../../src/build/build.js';
import { silentReporter } from '../../src/build/report.js';
import { planLines } from '../../src/cli/plan-text.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { VERSION } from '../initrd/helpers/rootfs.js';
import { rootfs } from './small-disc.js';

/** What a plan says of a boot profile, and when it warns. */

const THERE = ['/usr/bin/busybox', '/usr/sbin/dmsetup', `/boot/vmlinuz-${VERSION}`];

async function planWith(t: ExecutionContext, ...lines: readonly string[]) {
  const folder = await temporaryDirectory(t);
  const profile = join(folder, 'boot.profile');
  await writeFile(profile, ['snapdisc-profile 1', ...lines].join('\n'));
  const recipe = parseRecipe({ source: await rootfs(t), output: join(folder, 'a.iso'), profile });
  const { plan, close } = await prepareBuild(recipe, silentReporter);
  await close();
  const text = planLines(plan).join('\n');
  return {
    profile,
    plan,
    section: /^Boot profile\n((?: {2}.*\n)+)/m.exec(text)?.[1] ?? '',
    warnings: plan.warnings.filter((each) => each.includes(profile)),
    shown: plan.warnings.every((each) => text.includes(`\n  ${each}`)),
  };
}

const data = (paths: readonly string[]) => paths.map((path) => `0.5 data 0-3 ${path}`);

test('the plan tells how much of a profile fits', async (t) => {
  const { profile, plan, section, warnings } = await planWith(t, ...data([...THERE, '/gone']));
  const hotBytes = plan.profile?.hotBytes ?? 0;
  t.deepEqual(plan.profile, { file: profile, paths: 4, missing: 1, hotBytes });
  // Superblock, inodes and directories lie before the three files, which are of one block each.
  t.true(hotBytes > 3 * 4096 && hotBytes < 1024 ** 2);
  t.deepEqual(section.trimEnd().split('\n'), [
    `  file        ${profile}`,
    '  paths       4, of which 1 are not there',
    `  read first  ${hotBytes / 1024} KiB, up to ${(hotBytes / 3_600_000).toFixed(1)} s of a 24x drive`,
  ]);
  // A quarter may be missing without a word.
  t.deepEqual(warnings, []);
});

test('one that fits little is warned of', async (t) => {
  const { profile, section, warnings, shown } = await planWith(
    t,
    ...data([...THERE, '/gone', '/gone/too']),
  );
  t.regex(section, /paths +5, of which 2 are not there\n/);
  t.deepEqual(warnings, [
    `The boot profile ${profile} fits little: 2 of its 5 paths are not in the root filesystem. Record one of this disc: snapdisc profile.`,
  ]);
  t.true(shown);
});

test('one that names nothing of a root filesystem is warned of', async (t) => {
  const { profile, plan, warnings, shown } = await planWith(
    t,
    '0.1 disc 0 /live/vmlinuz',
    '0.2 inode - /usr/bin/busybox',
  );
  t.like(plan.profile, { paths: 0, missing: 0 });
  t.deepEqual(warnings, [
    `The boot profile ${profile} names nothing of a root filesystem. Record one of this disc: snapdisc profile.`,
  ]);
  t.true(shown);
});

test('without a profile of its own a plan has nothing to say of it', async (t) => {
  const source = await rootfs(t);
  const output = join(await temporaryDirectory(t), 'a.iso');
  const { plan, close } = await prepareBuild(parseRecipe({ source, output }), silentReporter);
  await close();
  t.is(plan.profile, undefined);
  t.notRegex(planLines(plan).join('\n'), /Boot profile/);
  // That which comes with snapdisc may fit as little as it likes.
  t.deepEqual(
    plan.warnings.filter((each) => /profile/.test(each)),
    [],
  );
});
