import { mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { SnapdiscError } from '../../src/errors.js';
import { converse, run } from '../../src/process.js';
import { MIB } from '../../src/units.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { writeSmallRootfs } from '../fixtures/small-rootfs.js';

/** The program itself builds discs of a small root filesystem, and is disturbed. */

const program = fileURLToPath(new URL('../../bin/snapdisc.js', import.meta.url));
const tool = (name: string, debianPackage: string) => ({
  program: name,
  purpose: 'sets tests up and judges discs',
  debianPackage,
});
const ENV = tool('env', 'coreutils');
const XORRISO = tool('xorriso', 'xorriso');

/** Large enough that writing it takes a moment. */
const DATA = 96 * MIB;

interface Scene {
  readonly folder: string;
  /** Starts `snapdisc build` in the folder. */
  build(...argv: string[]): ReturnType<typeof start>;
}

/** A folder with a root filesystem and an empty folder for what is built. */
async function scene(t: ExecutionContext, data = DATA): Promise<Scene> {
  const folder = await temporaryDirectory(t);
  await writeSmallRootfs(join(folder, 'rootfs'), data);
  await mkdir(join(folder, 'out'));
  await mkdir(join(folder, 'tmp'));
  return { folder, build: (...argv) => start(t, folder, argv) };
}

function start(t: ExecutionContext, folder: string, argv: readonly string[]) {
  const child = converse(ENV, [
    ...['-C', folder, `TMPDIR=${folder}/tmp`, `SNAPDISC_CACHE=${folder}/cache`],
    ...[process.execPath, program, 'build', 'rootfs', ...argv],
  ]);
  t.teardown(() => {
    child.kill('SIGKILL');
  });
  const said = { text: '' };
  child.stderr?.on('data', (piece: Buffer) => {
    said.text += piece.toString();
  });
  child.stdout?.resume();
  return { child, said };
}

/** Waits until the program writes `NAME.partial`; nothing happens if it has failed before. */
async function writing({ child, said }: ReturnType<typeof start>, file: string): Promise<void> {
  while (child.exitCode === null) {
    if (await stat(`${file}.partial`).catch(() => undefined)) return;
    await pause(5);
  }
  throw new Error(`It ended before it wrote:\n${said.text}`);
}

const pause = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

test('Ctrl-C while a disc is written leaves what was there', async (t) => {
  const { folder, build } = await scene(t);
  const output = join(folder, 'out/live.iso');
  await writeFile(output, 'old');
  const started = build('-o', 'out/live.iso', '--force', '--parts', 'out/parts');
  await writing(started, output);
  started.child.kill('SIGINT');
  t.is((await started.child).exitCode, 130, started.said.text);
  t.regex(started.said.text, /Cleaning up\. .*\n(?:.*\n)*Interrupted\.\n$/);
  t.deepEqual(await readdir(join(folder, 'out')), ['live.iso']);
  t.is(await readFile(output, 'utf8'), 'old');
  t.deepEqual(await readdir(join(folder, 'tmp')), []);
});

/** A file system of its own at `folder`; undefined where nobody may mount one. */
async function mountSmall(t: ExecutionContext, folder: string, bytes: number) {
  try {
    await run(tool('mount', 'mount'), ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  } catch (error) {
    // Nothing but the right to mount may be missing.
    t.is((error as SnapdiscError).code, 'tool.failed');
    t.log('needs the right to mount a tmpfs');
    return undefined;
  }
  t.teardown(async () => {
    await run(tool('umount', 'mount'), [folder]);
  });
  return folder;
}

test('a disk that is too small is told before a byte is written', async (t) => {
  const { folder, build } = await scene(t, 8 * MIB);
  const out = await mountSmall(t, join(folder, 'out'), 4 * MIB);
  if (out === undefined) return;
  const { child, said } = build('-o', 'out/live.iso');
  t.is((await child).exitCode, 6, said.text);
  t.regex(said.text, /Error: The output needs \d+ MiB, but out has 4 MiB left\.\nHint: /);
  t.deepEqual(await readdir(out), []);
});

/**
 * Writes to `file` until there is no space left, without asking how much there is: a process that
 * was told to stop may still end a write.
 */
async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (;;) await handle.write(Buffer.alloc(MIB));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await handle.close();
  }
}

test('a disk that another program fills meanwhile keeps the old disc', async (t) => {
  const { folder, build } = await scene(t);
  const out = await mountSmall(t, join(folder, 'out'), DATA + 32 * MIB);
  if (out === undefined) return;
  const output = join(out, 'live.iso');
  await writeFile(output, 'old');
  const started = build('-o', 'out/live.iso', '--force');
  await writing(started, output);
  started.child.kill('SIGSTOP');
  await fill(join(out, 'other'));
  started.child.kill('SIGCONT');
  t.is((await started.child).exitCode, 6, started.said.text);
  t.regex(started.said.text, /Error: .*(?:full|No space|space left).*\n/);
  t.deepEqual((await readdir(out)).sort(), ['live.iso', 'other']);
  t.is(await readFile(output, 'utf8'), 'old');
});

test('--isolinux-dir puts that menu on the disc, in place of ours', async (t) => {
  const { folder, build } = await scene(t, 0);
  const menu = 'DEFAULT mine\nLABEL mine\n  LINUX @KERNEL@\n  INITRD @INITRD@\n';
  await mkdir(join(folder, 'menu/themes'), { recursive: true });
  await writeFile(join(folder, 'menu/isolinux.cfg'), menu);
  await writeFile(join(folder, 'menu/themes/splash.png'), 'picture');
  await symlink('themes/splash.png', join(folder, 'menu/link.png'));
  const { child, said } = build('-o', 'out/live.iso', '--isolinux-dir', 'menu');
  t.is((await child).exitCode, 0, said.text);
  const take = ['-extract', '/isolinux', join(folder, 'taken')];
  await run(XORRISO, ['-osirrox', 'on', '-indev', join(folder, 'out/live.iso'), ...take]);
  const taken = (name: string) => readFile(join(folder, 'taken', name), 'utf8');
  const filled = menu.replace('@KERNEL@', '/live/vmlinuz').replace('@INITRD@', '/live/initrd.img');
  t.is(await taken('isolinux.cfg'), filled);
  t.is(await taken('themes/splash.png'), 'picture');
  t.is(await taken('link.png'), 'picture');
  t.true((await readdir(join(folder, 'taken'))).includes('isolinux.bin'), 'the loader is there');
});
