import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { burn } from '../../src/media/burn/burn.js';
import { converse, run } from '../../src/process.js';
import { ISO_BLOCK, MIB } from '../../src/units.js';
import { CONTEXT, discOf } from '../extract/helpers.js';
import { directory, file } from '../fixtures/torture-tree.js';

/** cdrskin burns, in a drive of libburn's that is a file, and how far a disc is read back. */

const program = fileURLToPath(new URL('../../bin/snapdisc.js', import.meta.url));
const tool = (name: string, debianPackage: string) => ({
  program: name,
  purpose: 'sets tests up and judges discs',
  debianPackage,
});

interface Scene {
  readonly folder: string;
  readonly iso: string;
  readonly burned: string;
  /** Byte of the disc behind root.img, as xorriso knows it. */
  readonly end: number;
}

async function scene(t: ExecutionContext): Promise<Scene> {
  const { folder, iso } = await discOf(t, directory({ data: file('x'.repeat(3 * MIB)) }));
  const drives = join(folder, 'drives');
  await mkdir(drives);
  // cdrskin gives root no files for drives: it runs as somebody else, who must get here.
  await chmod(folder, 0o755);
  await chmod(iso, 0o644);
  await chmod(drives, 0o777);
  const find = ['-find', '/live/root.img', '-exec', 'report_lba', '--'];
  const said = await run(tool('xorriso', 'xorriso'), ['-indev', iso, ...find]);
  const [, lba, , size] =
    /^File data lba: +\d+ , +(\d+) , +(\d+) , +(\d+) /m.exec(said.toString()) ?? [];
  const end = Number(lba) * ISO_BLOCK + Number(size);
  return { folder, iso, burned: join(drives, 'burned'), end };
}

/**
 * Runs `snapdisc burn` where there is no xorriso, and `then`, a shell command, after cdrskin has
 * burned to "$burned".
 */
async function burnByCdrskin({ folder, iso, burned }: Scene, then = ':') {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const find = tool('sh', 'dash');
  const found = await run(find, ['-c', 'command -v cdrskin; command -v dd; command -v setpriv']);
  const [cdrskin = '', dd = '', setpriv = ''] = found.toString().split('\n');
  const asUser = `${setpriv} --reuid=65534 --regid=65534 --clear-groups`;
  const script = `#!/bin/sh
burned=${burned}
${process.geteuid?.() === 0 ? asUser : ''} ${cdrskin} "$@" || exit
case " $* " in *' -dao '*) ${then} ;; esac
`;
  await writeFile(join(bin, 'cdrskin'), script);
  await chmod(join(bin, 'cdrskin'), 0o755);
  await symlink(dd, join(bin, 'dd')).catch(() => undefined);
  const child = converse(tool('env', 'coreutils'), [
    ...[`PATH=${bin}`, process.execPath, program, 'burn', iso, `stdio:${burned}`, '-v'],
  ]);
  child.stdin?.end();
  child.stdout?.resume();
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  const { exitCode } = await child;
  return { exitCode, stderr };
}

/** Another byte at a place of the disc in the drive. */
const spoil = (at: number) => `printf '\\376' | dd of="$burned" bs=1 seek=${at} conv=notrunc`;

test('cdrskin burns where there is no xorriso, and what it burned is read back', async (t) => {
  const disc = await scene(t);
  const { exitCode, stderr } = await burnByCdrskin(disc);
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /^\+ cdrskin --allow_emulated_drives -v dev=stdio:\S+ -dao padsize=0 /m);
  t.notRegex(stderr, /^\+ xorriso/m);
  t.regex(stderr, /^Reading it back /m);
  const image = await readFile(disc.iso);
  t.true((await readFile(disc.burned)).subarray(0, image.length).equals(image));
  const again = await burnByCdrskin(disc);
  t.is(again.exitCode, 6, again.stderr);
  t.regex(again.stderr, /The disc in the drive is not blank\./);
});

test('it is read back to the last sector of root.img, and no further', async (t) => {
  const stages: [string, number | undefined][] = [];
  const stage = (title: string, bytes?: number) => stages.push([title, bytes]);
  const plain = await scene(t);
  t.true(plain.end > 3 * MIB && plain.end < (await readFile(plain.iso)).length);
  const job = { iso: plain.iso, drive: `stdio:${plain.burned}`, dummy: false, speed: undefined };
  await burn(
    { ...job, verify: true, eject: false },
    { ...CONTEXT, reporter: { ...CONTEXT.reporter, stage } },
  );
  t.deepEqual(stages.at(-1), ['Reading it back', plain.end]);
  const last = await scene(t);
  const wrong = await burnByCdrskin(last, spoil(last.end - 1));
  t.is(wrong.exitCode, 6, wrong.stderr);
  t.regex(wrong.stderr, new RegExp(`at byte ${last.end - 1}\\.`));
  const behind = await scene(t);
  const right = await burnByCdrskin(behind, spoil(behind.end));
  t.is(right.exitCode, 0, right.stderr);
  const [burned, image] = [await readFile(behind.burned), await readFile(behind.iso)];
  t.not(burned[behind.end], image[behind.end], 'it was spoilt');
});
