import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../src/process.js';
import { addAptSettings } from '../../src/rootfs/apt-settings.js';
import { readTreeFiles } from '../../src/rootfs/login/tree-files.js';
import { openSource } from '../../src/rootfs/open-source.js';
import { lookup } from '../../src/rootfs/tree.js';

const APT_CONFIG = { program: 'apt-config', purpose: 'judges', debianPackage: 'apt' };
const FILE = 'etc/apt/apt.conf.d/90live-cd';

async function rootWith(t: ExecutionContext, folder: string) {
  const top = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(top, { recursive: true, force: true }));
  for (const each of ['bin', folder]) await mkdir(join(top, each), { recursive: true });
  const source = await openSource(top);
  t.teardown(() => source.close());
  addAptSettings(source.root);
  return { top, source };
}

test('apt understands its settings: it keeps nothing it can do without', async (t) => {
  const { top, source } = await rootWith(t, 'etc/apt/apt.conf.d');
  const content = (await readTreeFiles(source, [FILE])).get(FILE) ?? '';
  const file = join(top, 'settings');
  await writeFile(file, content);
  const read = async (option: string) => {
    const args = ['-c', file, 'dump', '--format', '%v', option];
    return (await run(APT_CONFIG, args)).toString();
  };
  t.is(await read('APT::Keep-Downloaded-Packages'), 'false');
  t.is(await read('Acquire::GzipIndexes'), 'true');
  // What the machine that tests has set must not help.
  for (const cache of ['pkgcache', 'srcpkgcache']) {
    t.true(`${content}`.includes(`Dir::Cache::${cache} "";`));
    t.is(await read(`Dir::Cache::${cache}`), '');
  }
});

test('a system without apt gets no settings of it', async (t) => {
  const { source } = await rootWith(t, 'etc/other');
  t.is(lookup(source.root, 'etc/apt'), undefined);
});
