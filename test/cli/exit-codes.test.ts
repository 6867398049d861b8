import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { failureReport } from '../../src/cli/failure.js';
import { type ErrorFamily, EXIT_CODES, SnapdiscError } from '../../src/errors.js';
import { converse } from '../../src/process.js';
import { discOf } from '../extract/helpers.js';
import { directory, file } from '../fixtures/torture-tree.js';

test('docs/exit-codes.md has exactly the families and codes of the program', async (t) => {
  const text = await readFile(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| `(\w+)` \| ./gm)];
  const documented = rows.map(([, code, family]) => [family, Number(code)]);
  t.deepEqual(Object.fromEntries(documented), { ...EXIT_CODES });
  t.is(documented.length, Object.keys(EXIT_CODES).length);
  t.regex(text, /^\| 0 \| /m);
});

test('every family gives its exit code', (t) => {
  for (const [family, code] of Object.entries(EXIT_CODES)) {
    const error = new SnapdiscError(`${family as ErrorFamily}.some-thing`, 'Message.');
    t.is(failureReport(error).error.exitCode, code);
  }
  for (const thrown of [new Error('x'), 'text', undefined, null, { code: 'usage.x' }]) {
    t.is(failureReport(thrown).error.exitCode, 1);
  }
});

/** A real failure: what is typed, in the folder that `scene` sets up, and what the program says then. */
interface Failure {
  readonly code: number;
  readonly argv: readonly string[];
  readonly says: RegExp;
  /** Options of Node. */
  readonly node?: readonly string[];
  /** Once it has said something. */
  readonly signal?: NodeJS.Signals;
}

/** What no user can cause: a mistake of ours, planted. */
const BUG = 'data:text/javascript,JSON.stringify=()=>{throw new TypeError("planted")}';

const FAILURES: readonly Failure[] = [
  {
    ...{ code: 1, argv: ['config', '--schema'], node: [`--import=${BUG}`] },
    says: /TypeError: planted\nHint: This is a bug in snapdisc\. .*--debug/,
  },
  { code: 2, argv: [], says: /Error: No command was given\.\nHint: On a terminal/ },
  {
    ...{ code: 2, argv: ['build', 'rootfs', '-o', 'live.iso', '--cow=disk'] },
    says: /Error: .*--cow must be one of: zram, ram/,
  },
  {
    ...{ code: 3, argv: ['build', 'nowhere.tar', '-o', 'live.iso'] },
    says: /Error: The source nowhere\.tar does not exist\.\nHint: Give a directory/,
  },
  {
    ...{ code: 4, argv: ['build', 'rootfs', '-o', 'live.iso'] },
    says: /Error: .*kernel.*\nHint: /,
  },
  { code: 5, argv: ['flash', 'a.iso'], says: /Error: lsblk failed: broken\nHint: It lists/ },
  {
    ...{ code: 6, argv: ['build', 'rootfs', '-o', 'a.iso'] },
    says: /Error: a\.iso exists already\.\nHint: Use --force/,
  },
  {
    ...{ code: 7, argv: ['run', 'a.iso', '--serial'] },
    says: /broken\nError: The virtual machine ended with status 3\.\nHint: /,
  },
  { code: 8, argv: ['inspect', 'text'], says: /Error: .*ISO 9660.*\nHint: / },
  // What they differ in is data, and no error.
  { code: 9, argv: ['diff', 'a.iso', 'b.iso'], says: /^[^E]*$/ },
  {
    ...{ code: 130, argv: ['build', '-', '-o', 'live.iso'], signal: 'SIGINT' },
    says: /Cleaning up\. .*\nInterrupted\.\n$/,
  },
];

const NAMES = ['a.iso', 'b.iso', 'bin', 'rootfs', 'text', 'tmp'];

/** A folder with two discs, a root filesystem without a kernel, a text, and tools that fail. */
async function scene(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-exit-codes-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ 'a.iso': 'one', 'b.iso': 'two' })) {
    const { iso } = await discOf(t, directory({ file: file(text) }));
    await copyFile(iso, join(folder, name));
  }
  for (const path of ['rootfs/etc', 'rootfs/usr/bin', 'bin', 'tmp']) {
    await mkdir(join(folder, path), { recursive: true });
  }
  await writeFile(join(folder, 'text'), 'no disc image');
  for (const tool of ['lsblk', 'qemu-system-x86_64']) {
    await writeFile(join(folder, 'bin', tool), '#!/bin/sh\necho broken >&2\nexit 3\n');
    await chmod(join(folder, 'bin', tool), 0o755);
  }
  return folder;
}

const program = fileURLToPath(new URL('../../bin/snapdisc.js', import.meta.url));
const env = { program: 'env', purpose: 'runs the program', debianPackage: 'coreutils' };

/** Runs the program itself in `folder`. */
async function snapdisc(folder: string, { argv, node = [], signal }: Failure) {
  const child = converse(env, [
    ...['-C', folder, `PATH=${folder}/bin:${process.env.PATH}`, `TMPDIR=${folder}/tmp`],
    ...['HOME=/nonexistent', process.execPath, ...node, program, ...argv],
  ]);
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => {
    if (stderr === '' && signal !== undefined) child.kill(signal);
    stderr += piece.toString();
  });
  // Standard input stays open where a signal shall come first.
  if (signal === undefined) child.stdin?.end();
  child.stdout?.resume();
  return { exitCode: (await child).exitCode, stderr };
}

test('every documented exit code, by the program itself', async (t) => {
  const folder = await scene(t);
  for (const failure of FAILURES) {
    const { exitCode, stderr } = await snapdisc(folder, failure);
    const line = `snapdisc ${failure.argv.join(' ')}`;
    t.is(exitCode, failure.code, `${line}\n${stderr}`);
    t.regex(stderr, failure.says, line);
    t.notRegex(stderr, /^ +at /m, `${line}: a stack trace`);
    if (failure.code !== 1) t.notRegex(stderr, /a bug/, line);
    t.deepEqual((await readdir(folder)).sort(), NAMES, `${line} leaves nothing`);
    t.deepEqual(await readdir(join(folder, 'tmp')), [], `${line} leaves nothing`);
  }
  const same = { code: 0, argv: ['diff', 'a.iso', 'a.iso'], says: /^/ };
  t.is((await snapdisc(folder, same)).exitCode, 0);
  const driven = new Set(FAILURES.map(({ code }) => code));
  t.deepEqual([...driven], [...new Set(Object.values(EXIT_CODES))]);
});
