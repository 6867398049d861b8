import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { silentReporter } from '../../src/build/report.js';
import { SnapdiscError } from '../../src/errors.js';
import { extract } from '../../src/extract/extract.js';
import { directory, file } from '../fixtures/torture-tree.js';
import { discOf } from './helpers.js';

const REASON = new SnapdiscError('interrupted.signal', 'Interrupted.');

test('an abort while xattrs are set leaves no directory that lacks them', async (t) => {
  const xattrs = [{ name: 'user.note', value: Buffer.from('x') }];
  const { folder, iso } = await discOf(t, directory({ noted: file('x', { xattrs }) }));
  const { PATH } = process.env;
  t.teardown(() => Object.assign(process.env, { PATH }));
  await mkdir(join(folder, 'bin'));
  const started = join(folder, 'bin/started');
  const script = `#!/bin/sh\n: >'${started}'\nexec sleep 20\n`;
  await writeFile(join(folder, 'bin/setfattr'), script, { mode: 0o755 });
  process.env.PATH = `${folder}/bin:${PATH}`;
  const before = await readdir(folder);
  const controller = new AbortController();
  const request = { disc: iso, directory: join(folder, 'root'), force: false };
  const context = { reporter: silentReporter, signal: controller.signal };
  const extraction = t.throwsAsync(extract(request, context), { code: 'interrupted.signal' });
  while (!existsSync(started)) await sleep(20);
  controller.abort(REASON);
  await extraction;
  t.deepEqual(await readdir(folder), before);
});
