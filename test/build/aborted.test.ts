import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { prepareBuild } from '../../src/build/build.js';
import { type Reporter, silentReporter } from '../../src/build/report.js';
import { SnapdiscError } from '../../src/errors.js';
import { run } from '../../src/process.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { writeSmallRootfs } from '../fixtures/small-rootfs.js';

/** The whole pipeline, interrupted while it waits for a program that would never end: one after the other, as PATH is for all. */

const TAR = { program: 'tar', purpose: 'makes fixtures', debianPackage: 'tar' };
const REASON = new SnapdiscError('interrupted.signal', 'Interrupted.');

/** A folder with a root filesystem, as a tar archive too, and with programs that hang. */
async function scene(t: ExecutionContext) {
  const folder = await temporaryDirectory(t);
  const rootfs = join(folder, 'rootfs');
  await writeSmallRootfs(rootfs);
  for (const compression of ['xz', 'gz', 'zst']) {
    await run(TAR, ['-C', rootfs, '-caf', join(folder, `rootfs.tar.${compression}`), '.']);
  }
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'out'));
  await writeFile(join(folder, 'out/live.iso'), 'old');
  return folder;
}

/** The process IDs that the hanging programs have left, once there are `count`. */
async function started(folder: string, count: number): Promise<number[]> {
  for (;;) {
    const text = await readFile(join(folder, 'pids'), 'utf8').catch(() => '');
    const ids = text.trim().split('\n').filter(Boolean).map(Number);
    if (ids.length >= count) return ids;
    await pause();
  }
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

const pause = () =>
  new Promise((resolve) => {
    setTimeout(resolve, 20);
  });

/** Aborts a build of `source` once `count` programs called `program` hang. */
async function abort(
  t: ExecutionContext,
  folder: string,
  { source, program, count }: { source: string; program: string; count: number },
): Promise<string[]> {
  const script = `#!/bin/sh\necho $$ >>'${folder}/pids'\nexec sleep 300\n`;
  await writeFile(join(folder, 'bin', program), script, { mode: 0o755 });
  const stages: string[] = [];
  const reporter: Reporter = { ...silentReporter, stage: (title) => stages.push(title) };
  const output = join(folder, 'out/live.iso');
  const recipe = parseRecipe({ source: join(folder, source), output, force: true });
  const controller = new AbortController();
  const build = prepareBuild(recipe, reporter, controller.signal);
  const failure = t.throwsAsync(build, { is: REASON }, source);
  const ids = await started(folder, count);
  controller.abort(REASON);
  await failure;
  // They have been told to end; the kernel may take a moment for it.
  for (let tries = 0; ids.some(isAlive) && tries < 100; tries++) await pause();
  t.deepEqual(ids.filter(isAlive), [], `${program} has ended`);
  t.deepEqual(await readdir(join(folder, 'out')), ['live.iso']);
  t.is(await readFile(join(folder, 'out/live.iso'), 'utf8'), 'old');
  await rm(join(folder, 'pids'));
  await rm(join(folder, 'bin', program));
  return stages;
}

test.serial('an abort ends the programs that a build waits for, in every stage', async (t) => {
  const folder = await scene(t);
  const { PATH, SNAPDISC_CACHE } = process.env;
  t.teardown(() => Object.assign(process.env, { PATH, SNAPDISC_CACHE }));
  // Nothing of an earlier run is remembered.
  Object.assign(process.env, { PATH: `${folder}/bin:${PATH}`, SNAPDISC_CACHE: `${folder}/cache` });
  const reading = ['Reading what is there'];
  const hanging = (source: string, program: string, count = 1) =>
    abort(t, folder, { source, program, count });
  t.deepEqual(await hanging('rootfs.tar.xz', 'xz'), reading);
  t.deepEqual(await hanging('rootfs.tar.zst', 'zstd'), reading);
  t.deepEqual(await hanging('rootfs', 'find'), reading);
  t.deepEqual(await hanging('rootfs.tar.gz', 'xz'), [...reading, 'Making the initrd']);
});

test.serial('an abort that came before ends a build at once, whatever the source', async (t) => {
  const folder = await scene(t);
  for (const source of ['rootfs', 'rootfs.tar.gz', 'rootfs.tar.xz']) {
    const output = join(folder, 'live.iso');
    const recipe = parseRecipe({ source: join(folder, source), output });
    await t.throwsAsync(prepareBuild(recipe, silentReporter, AbortSignal.abort(REASON)), {
      code: 'interrupted.signal',
    });
    t.false((await readdir(folder)).some((name) => name.startsWith('live.iso')));
  }
});
