import { execFileSync } from 'node:child_process';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { checkOutput, OutputFile } from '../../src/build/output-file.js';

async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-output-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

test('what was written is there after finish, and nothing else', async (t) => {
  const folder = await folderOf(t);
  const file = await OutputFile.create(join(folder, 'live.iso'), 10);
  file.write(7, Buffer.from('end'));
  await file.finish();
  t.deepEqual(await readdir(folder), ['live.iso']);
  t.deepEqual(await readFile(join(folder, 'live.iso')), Buffer.from('\0\0\0\0\0\0\0end'));
});

test('what is written while the disk is at work is there, too', async (t) => {
  const folder = await folderOf(t);
  const piece = Buffer.alloc(8 * 1024 * 1024, 1);
  const file = await OutputFile.create(join(folder, 'live.iso'), 10 * piece.length);
  for (let index = 0; index < 10; index++) {
    file.write(index * piece.length, piece.fill(index + 1));
    await setImmediate();
  }
  await file.finish();
  const written = await readFile(join(folder, 'live.iso'));
  const pieces = Array.from({ length: 10 }, (_, index) => Buffer.alloc(piece.length, index + 1));
  t.true(written.equals(Buffer.concat(pieces)));
});

test('a file is discarded while the disk is at work', async (t) => {
  const folder = await folderOf(t);
  const file = await OutputFile.create(join(folder, 'live.iso'), 64 * 1024 * 1024);
  file.write(0, Buffer.alloc(64 * 1024 * 1024, 1));
  await file.discard();
  t.deepEqual(await readdir(folder), []);
});

test('a discarded file leaves the old output untouched', async (t) => {
  const folder = await folderOf(t);
  await writeFile(join(folder, 'live.iso'), 'old');
  const file = await OutputFile.create(join(folder, 'live.iso'), 10);
  file.write(0, Buffer.from('new'));
  await file.discard();
  await file.discard();
  t.deepEqual(await readdir(folder), ['live.iso']);
  t.is(await readFile(join(folder, 'live.iso'), 'utf8'), 'old');
});

test('two builds do not write the same file', async (t) => {
  const folder = await folderOf(t);
  const first = await OutputFile.create(join(folder, 'live.iso'), 10);
  await t.throwsAsync(OutputFile.create(join(folder, 'live.iso'), 10), { code: 'output.busy' });
  await first.discard();
  t.deepEqual(await readdir(folder), []);
});

test('an output that does not fit is refused before a byte is written', async (t) => {
  const folder = await folderOf(t);
  const error = await t.throwsAsync(OutputFile.create(join(folder, 'live.iso'), 2 ** 50), {
    code: 'output.full',
  });
  t.regex(error?.message ?? '', /needs \d+ MiB, but .* has \d+ MiB left/);
  t.deepEqual(await readdir(folder), []);
});

test('a disk that fills up while writing is told as that, and nothing is left', async (t) => {
  const folder = await folderOf(t);
  const mounted = join(folder, 'small');
  await mkdir(mounted);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mounted], { stdio: 'ignore' });
  } catch {
    t.log('needs the right to mount a tmpfs; the check of free space is tested above');
    await t.throwsAsync(OutputFile.create(join(mounted, 'x'), 2 ** 50), { code: 'output.full' });
    return;
  }
  t.teardown(() => execFileSync('umount', [mounted]));
  const file = await OutputFile.create(join(mounted, 'live.iso'), 1_000_000);
  await writeFile(join(mounted, 'other'), Buffer.alloc(900_000));
  t.throws(() => file.write(0, Buffer.alloc(1_000_000, 1)), { code: 'output.full' });
  await file.discard();
  t.deepEqual(await readdir(mounted), ['other']);
});

test('outputs that cannot be are refused before the source is read', async (t) => {
  const folder = await folderOf(t);
  await mkdir(join(folder, 'rootfs/srv'), { recursive: true });
  await writeFile(join(folder, 'old.iso'), 'old');
  const check = (output: string, force = false) =>
    checkOutput(join(folder, output), [join(folder, 'rootfs'), join(folder, 'rootfs.tar')], force);
  await t.throwsAsync(check('old.iso'), { code: 'output.exists' });
  await t.notThrowsAsync(check('old.iso', true));
  await t.throwsAsync(check('missing/live.iso'), { code: 'output.no-directory' });
  await t.throwsAsync(check('rootfs', true), { code: 'output.not-a-file' });
  await t.throwsAsync(check('rootfs/srv/live.iso'), { code: 'output.inside-source' });
  await t.throwsAsync(check('rootfs/live.iso'), { code: 'output.inside-source' });
  await t.notThrowsAsync(check('rootfs.iso'));
  await writeFile(join(folder, 'rootfs.tar'), 'archive');
  await t.throwsAsync(check('rootfs.tar', true), { code: 'output.is-source' });
  await writeFile(join(folder, 'rootfs.iso.partial'), '');
  await t.throwsAsync(check('rootfs.iso'), { code: 'output.busy' });
  await mkdir(join(folder, 'rootfs/..out'));
  await t.throwsAsync(check('rootfs/..out/live.iso'), { code: 'output.inside-source' });
  await symlink('rootfs/live.iso', join(folder, 'into.iso'));
  await t.throwsAsync(check('into.iso'), { code: 'output.inside-source' });
  await symlink('missing/live.iso', join(folder, 'nowhere.iso'));
  await t.throwsAsync(check('nowhere.iso'), { code: 'output.no-directory' });
  await symlink('loop.iso', join(folder, 'loop.iso'));
  await t.throwsAsync(check('loop.iso'), { code: 'output.not-a-file' });
});

test('a symlink stays, and what it leads to is replaced', async (t) => {
  const folder = await folderOf(t);
  await mkdir(join(folder, 'big'));
  await writeFile(join(folder, 'big/disc.iso'), 'old');
  await symlink('big/disc.iso', join(folder, 'live.iso'));
  const file = await OutputFile.create(join(folder, 'live.iso'), 3);
  t.deepEqual((await readdir(join(folder, 'big'))).sort(), ['disc.iso', 'disc.iso.partial']);
  file.write(0, Buffer.from('new'));
  await file.finish();
  t.is(await readlink(join(folder, 'live.iso')), 'big/disc.iso');
  t.is(await readFile(join(folder, 'big/disc.iso'), 'utf8'), 'new');
});

test('a symlink to what is not there yet stays, too', async (t) => {
  const folder = await folderOf(t);
  await mkdir(join(folder, 'deep/er'), { recursive: true });
  await symlink('deep/er', join(folder, 'there'));
  // Seen from deep/er, which the way through `there` leads to.
  await symlink('../next.iso', join(folder, 'deep/er/first.iso'));
  await symlink('there/first.iso', join(folder, 'live.iso'));
  const output = join(folder, 'live.iso');
  await t.notThrowsAsync(checkOutput(output, [], false));
  await symlink('big.iso', join(folder, 'deep/next.iso'));
  await t.notThrowsAsync(checkOutput(output, [], false));
  const file = await OutputFile.create(output, 3);
  file.write(0, Buffer.from('new'));
  await file.finish();
  t.is(await readlink(output), 'there/first.iso');
  t.is(await readlink(join(folder, 'deep/next.iso')), 'big.iso');
  t.is(await readFile(join(folder, 'deep/big.iso'), 'utf8'), 'new');
});
