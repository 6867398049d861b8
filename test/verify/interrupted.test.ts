import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { silentReporter } from '../../src/build/report.js';
import { SnapdiscError } from '../../src/errors.js';
import { verifyDisc } from '../../src/verify/verify.js';
import { liveDisc } from './live-disc.js';

const REASON = new SnapdiscError('interrupted.signal', 'Interrupted.');

test('an abort is no verdict about the disc, whatever is being looked at', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-verify-'));
  const { PATH, TMPDIR } = process.env;
  t.teardown(async () => {
    Object.assign(process.env, { PATH, TMPDIR: TMPDIR ?? tmpdir() });
    await rm(folder, { recursive: true });
  });
  for (const name of ['bin', 'tmp']) await mkdir(join(folder, name));
  const iso = join(folder, 'live.iso');
  await writeFile(iso, (await liveDisc(t)).bytes);
  const program = join(folder, 'bin/e2fsck');
  await writeFile(program, `#!/bin/sh\n: >'${folder}/started'\nexec sleep 20\n`);
  await chmod(program, 0o755);
  Object.assign(process.env, { PATH: `${folder}/bin:${PATH}`, TMPDIR: join(folder, 'tmp') });
  for (const wanted of ['Comparing checksums', 'Asking e2fsck']) {
    const controller = new AbortController();
    const stages: string[] = [];
    const stage = (title: string) => {
      stages.push(title);
      if (title !== wanted) return;
      if (title === 'Asking e2fsck') void started(folder).then(() => controller.abort(REASON));
      else controller.abort(REASON);
    };
    const options = { boot: undefined, leastMemory: false, signal: controller.signal };
    const verification = verifyDisc(iso, options, { ...silentReporter, stage });
    await t.throwsAsync(verification, { code: 'interrupted.signal' }, wanted);
    t.is(stages.at(-1), wanted);
    t.deepEqual(await readdir(join(folder, 'tmp')), []);
  }
});

/** Waits until the program runs. */
async function started(folder: string): Promise<void> {
  while (!(await readdir(folder)).includes('started')) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
