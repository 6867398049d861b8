import { chmod, lstat, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { main } from '../../src/cli/main.js';
import { run } from '../../src/process.js';
import { discOf, judge } from '../extract/helpers.js';
import { device, directory, file, tortureTree } from '../fixtures/torture-tree.js';
import { isRoot } from '../rootfs/helpers.js';
import { fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

async function snapdisc(argv: readonly string[], isTTY = false) {
  const terminal = fakeTerminal({ isTTY });
  const exitCode = await main(argv, { terminal, services: fakeServices() });
  return { exitCode, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

test('everything at once, and what was left out is told', async (t) => {
  const { folder, iso } = await discOf(t, tortureTree().root);
  const at = (name: string) => join(folder, name);
  const argv = ['extract', iso, at('root'), `--tar=${at('t')}`, `--root-image=${at('i')}`];
  const { exitCode, stdout, stderr } = await snapdisc([...argv, `--kernel=${at('k')}`]);
  t.is(exitCode, 0, stderr);
  t.is(stdout, '');
  t.regex(stderr, /Warning: 1 socket was left out/);
  for (const name of ['root', 't', 'i', 'k']) t.true((await lstat(at(name))).size > 0, name);
});

test('an archive on standard output is an archive', async (t) => {
  const { folder, iso } = await discOf(t, directory({ etc: directory({ motd: file('hello') }) }));
  const { exitCode, stdout } = await snapdisc(['extract', iso, '--tar=-', '-q']);
  t.is(exitCode, 0);
  const listed = await run(judge('tar'), ['-tf', '-'], Buffer.from(stdout));
  t.is(listed.toString(), './\n./etc/\n./etc/motd\n./lost+found/\n');
  t.is((await snapdisc(['extract', iso, '--tar=-'], true)).exitCode, 2);
  t.is((await snapdisc(['extract', iso])).exitCode, 2);
  t.is((await snapdisc(['extract', join(folder, 'none.iso'), '--tar=-'])).exitCode, 8);
});

test('the kernel or the initrd on standard output is what is on the disc', async (t) => {
  const { folder, iso } = await discOf(t, directory({ etc: directory({}) }));
  const at = (name: string) => join(folder, name);
  const kernel = await snapdisc(['extract', iso, '--kernel=-', `--initrd=${at('i')}`]);
  t.is(kernel.exitCode, 0, kernel.stderr);
  t.is(kernel.stdout, 'kernel');
  t.is(await readFile(at('i'), 'utf8'), 'initrd'.repeat(1000));
  t.is((await snapdisc(['extract', iso, '--initrd=-', '-q'])).stdout, 'initrd'.repeat(1000));
  const refused: readonly (readonly [string[], RegExp])[] = [
    [['--kernel=-', '--initrd=-'], /--initrd and --kernel cannot share standard output/],
    [['--root-image=-'], /--root-image cannot be standard output\.\nHint: .*--tar=-/],
    [['-'], /The directory cannot be standard output\.\nHint: .*--tar=-/],
  ];
  for (const [flags, message] of refused) {
    const { exitCode, stdout, stderr } = await snapdisc(['extract', iso, ...flags]);
    t.is(exitCode, 2, flags.join(' '));
    t.is(stdout, '');
    t.regex(stderr, message);
  }
  t.is((await snapdisc(['extract', iso, '--kernel=-'], true)).exitCode, 2);
});

test('what is no file is not written, and the hint fits what was asked for', async (t) => {
  const { iso } = await discOf(t, directory({ etc: directory({}) }));
  const { exitCode, stderr } = await snapdisc(['extract', iso, '--kernel=/dev/full', '--force']);
  t.is(exitCode, 6);
  t.regex(
    stderr,
    /^Error: \/dev\/full exists and is not a regular file\.\nHint: Give the name of a/,
  );
  t.notRegex(stderr, /image/);
});

test.serial('who is not root is told what could not be set', async (t) => {
  const capability = { name: 'security.capability', value: Buffer.alloc(20, 1) };
  const mine = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const owner = isRoot ? { uid: 65_534, gid: 65_534 } : mine;
  const root = directory(
    {
      closed: directory({ inside: file('x', owner) }, { ...owner, mode: 0o500 }),
      null: device('char', 1, 3, owner),
      ping: file('ELF', { ...owner, mode: 0o755, xattrs: [capability] }),
      su: file('su', { uid: 4_000_000, mode: 0o4755 }),
    },
    owner,
  );
  const { folder, iso } = await discOf(t, root);
  const mineOnly = join(folder, 'mine');
  await mkdir(mineOnly);
  for (const path of [folder, mineOnly]) await chmod(path, 0o777);
  const argv = ['extract', iso, join(mineOnly, 'root')];
  if (isRoot) process.setegid?.(65_534);
  if (isRoot) process.seteuid?.(65_534);
  const { exitCode, stderr } = await snapdisc(argv).finally(() => {
    if (isRoot) process.seteuid?.(0);
    if (isRoot) process.setegid?.(0);
  });
  t.is(exitCode, 0, stderr);
  // su and lost+found, which the writer added, are others'.
  t.regex(stderr, /left out: 2 owners, 1 device node, 1 file's extended attributes\./);
  t.is((await lstat(join(mineOnly, 'root/su'))).mode & 0o7777, 0o755);
  t.is((await lstat(join(mineOnly, 'root/closed'))).mode & 0o7777, 0o500);
  t.is(await readFile(join(mineOnly, 'root/closed/inside'), 'utf8'), 'x');
});
