import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { converse } from '../../src/process.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { fakeMmdebstrap } from '../fixtures/fake-mmdebstrap.js';

/** The program itself, with a double of mmdebstrap. */

const program = fileURLToPath(new URL('../../bin/snapdisc.js', import.meta.url));
const ENV = { program: 'env', purpose: 'runs the program', debianPackage: 'coreutils' };

async function scene(t: ExecutionContext) {
  const folder = await temporaryDirectory(t);
  const fake = await fakeMmdebstrap();
  t.teardown(fake.remove);
  await mkdir(join(folder, 'out'));
  const start = (argv: readonly string[], variables: readonly string[] = []) =>
    converse(ENV, [
      ...[
        '-C',
        folder,
        `PATH=${fake.folder}:${process.env.PATH}`,
        `SNAPDISC_CACHE=${folder}/cache`,
      ],
      ...['HOME=/nonexistent', 'FAKE_HANG=', 'FAKE_FAILURE=', ...variables],
      ...[process.execPath, program, 'build', ...argv],
    ]);
  const snapdisc = async (argv: readonly string[], variables: readonly string[] = []) => {
    const child = start(argv, variables);
    child.stdin?.end();
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (piece: Buffer) => {
        said[name] += piece.toString();
      });
    }
    const { exitCode } = await child;
    return { exitCode, ...said };
  };
  const kept = async () => (await readdir(join(folder, 'cache/debian')).catch(() => [])).sort();
  return { folder, fake, start, snapdisc, kept };
}

test('a Debian is bootstrapped once for all discs of a recipe, and for the next build', async (t) => {
  const { folder, fake, snapdisc, kept } = await scene(t);
  const recipe = `source: debian:bookworm
target-arch: x86_64
bootstrap-include: ['nano,vim']
output: out/{flavour}.iso
matrix:
  flavour:
    text:
    rescue: { append: single }
`;
  await writeFile(join(folder, 'snapdisc.yaml'), recipe);
  const first = await snapdisc(['--headroom=0']);
  t.is(first.exitCode, 0, first.stderr);
  t.deepEqual((await readdir(join(folder, 'out'))).sort(), ['rescue.iso', 'text.iso']);
  const calls = await fake.calls();
  t.is(calls.length, 1, 'one for both');
  t.regex(
    calls[0] ?? '',
    /--architectures=amd64 --include=linux-image-amd64,\S+,nano,vim .* bookworm - $/,
  );
  t.regex(first.stderr, /Debian bookworm \(amd64\): fetching packages/);
  const [archive = ''] = await kept();
  t.regex(archive, /^bookworm-amd64-[0-9a-f]{12}\.tar$/);
  t.regex(first.stderr, new RegExp(`is that of \\d{4}-\\d\\d-\\d\\d; remove \\S+/${archive} to`));

  const flags = ['debian:bookworm', '--target-arch=x86_64', '--bootstrap-include=vim'];
  const more = [...flags, '--bootstrap-include=nano', '-o', 'out/again.iso', '--dry-run', '--json'];
  const again = await snapdisc(more);
  t.is(again.exitCode, 0, again.stderr);
  t.is(JSON.parse(again.stdout).source, 'tar archive Debian bookworm (amd64)');
  t.is((await fake.calls()).length, 1, 'the same packages in another order');
  t.deepEqual(await kept(), [archive]);
  const other = await snapdisc([...flags, '-o', 'out/again.iso', '--dry-run']);
  t.is(other.exitCode, 0, other.stderr);
  t.is((await fake.calls()).length, 2, 'other packages');
});

test('a failure is told with what helps, and leaves nothing', async (t) => {
  const { folder, snapdisc, kept } = await scene(t);
  const argv = ['debian:bookworm', '-o', 'out/live.iso'];
  const failed = await snapdisc(argv, ['FAKE_FAILURE=E: Unable to locate package nanoo']);
  t.is(failed.exitCode, 3);
  t.regex(
    failed.stderr,
    /could not be bootstrapped:\n {2}E: Unable to locate package nanoo\nHint: Check/,
  );
  t.deepEqual(await kept(), []);
  const missing = await snapdisc(argv, ['PATH=/nonexistent']);
  t.is(missing.exitCode, 5);
  t.regex(
    missing.stderr,
    /mmdebstrap is not installed; it bootstraps Debian.*\nHint: On \w+: .*mmdebstrap/,
  );
  const homeless = await snapdisc(argv, ['SNAPDISC_CACHE=', 'XDG_CACHE_HOME=', 'HOME=']);
  t.is(homeless.exitCode, 2);
  t.regex(homeless.stderr, /Hint: Set SNAPDISC_CACHE/);
  t.deepEqual(await readdir(join(folder, 'out')), []);
});

test('packages for a source that is there already are a warning', async (t) => {
  const { fake, snapdisc } = await scene(t);
  const archive = join(fake.folder, 'system.tar');
  const argv = [archive, '--bootstrap-include=nano', '-o', 'out/live.iso', '--dry-run'];
  const { exitCode, stdout, stderr } = await snapdisc(argv);
  t.is(exitCode, 0, stderr);
  t.regex(stdout, /--bootstrap-include adds to a source such as debian:bookworm, not to this one/);
});

test('Ctrl-C waits for mmdebstrap to clean up, and leaves nothing', async (t) => {
  const { fake, start, kept } = await scene(t);
  const child = start(['debian:bookworm', '-o', 'out/live.iso'], ['FAKE_HANG=1']);
  child.stdin?.end();
  child.stdout?.resume();
  let said = '';
  for await (const piece of child.stderr ?? []) {
    const isFirst = said === '';
    said += String(piece);
    // Without a terminal a step is told when it is over.
    if (isFirst) child.kill('SIGINT');
  }
  t.is((await child).exitCode, 130, said);
  t.regex(said, /Interrupted\.\n$/);
  t.is((await fake.calls()).at(-1), 'cleaned');
  t.deepEqual(await kept(), []);
});
