import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

test('the executable starts, and Node has nothing to say about the settings of its heap', (t) => {
  const args = [path('bin/snapdisc.js'), '--version'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  t.is(stderr, '');
  t.is(status, 0);
  t.is(stdout, `${JSON.parse(readFileSync(path('package.json'), 'utf8')).version}\n`);
});
