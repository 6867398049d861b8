import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run, shellQuote } from '../../src/process.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { discOf } from '../extract/helpers.js';
import { directory, file } from '../fixtures/torture-tree.js';

const SH = { program: 'sh', purpose: 'connects the program under test', debianPackage: 'dash' };
const program = fileURLToPath(new URL('fixtures/fake-snapdisc.ts', import.meta.url));
const node = [process.execPath, `--import=${import.meta.resolve('tsx')}`, program];
const snapdisc = node.map(shellQuote).join(' ');

/** Runs a line of shell in `folder`, where $snapdisc is the program, and leaves its exit code in `rc`. */
async function shell(folder: string, line: string): Promise<void> {
  const script = `cd ${shellQuote(folder)} && export HOME=/nonexistent FAKE_PACE=60 && ${line}`;
  await run(SH, ['-c', script.replaceAll('$snapdisc', snapdisc)]);
}

test('nobody hears how a build goes, and it is made', async (t) => {
  const folder = await temporaryDirectory(t);
  const build = '$snapdisc build rootfs.tar --output=live.iso';
  await shell(folder, `{ ${build}; echo $? >rc; } 2>&1 | true`);
  t.is(await readFile(join(folder, 'rc'), 'utf8'), '0\n');
  t.deepEqual((await readdir(folder)).sort(), ['live.iso', 'rc']);
});

test('a full disk under standard output is an error like any other', async (t) => {
  const { folder, iso } = await discOf(t, directory({ file: file('x'.repeat(300_000)) }));
  await mkdir(join(folder, 'out'));
  const lines = [
    'config --schema',
    `extract ${shellQuote(iso)} --tar=-`,
    'inspect /nonexistent.iso --json',
  ];
  for (const [index, line] of lines.entries()) {
    await shell(join(folder, 'out'), `{ $snapdisc ${line} >/dev/full 2>said; echo $? >rc; }`);
    const said = await readFile(join(folder, 'out/said'), 'utf8');
    const code = await readFile(join(folder, 'out/rc'), 'utf8');
    if (index < 2) {
      t.is(code, '6\n', said);
      t.regex(said, /Error: The disk is full: standard output could not be finished\.\nHint: /);
    } else {
      t.is(code, '8\n', said);
    }
    t.notRegex(said, /^ +at /m, 'a stack trace');
  }
});
