import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { inspectFile } from '../../src/cli/inspect-command.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { build, rootfs } from './small-disc.js';

/** Where whole builds of a small root filesystem put the files of the disc itself. */

/** Those of `paths` that a build has on its disc, in the order in which they lie there. */
async function builtOrder(t: ExecutionContext, more: object, paths: readonly string[]) {
  const { iso } = await build(t, await rootfs(t), more);
  const { files } = await inspectFile(iso);
  const blockOf = ({ extents }: (typeof files)[number]) => extents?.[0]?.block ?? 0;
  return files
    .filter(({ path }) => paths.includes(path))
    .sort((a, b) => blockOf(a) - blockOf(b))
    .map(({ path }) => path);
}

const LOADER = 'isolinux/isolinux.bin';
const [KERNEL, INITRD, ROOT] = ['live/vmlinuz', 'live/initrd.img', 'live/root.img'];

test('boot files lie in the order in which they were read, root.img behind them', async (t) => {
  const profile = join(await temporaryDirectory(t), 'boot.profile');
  const orderBy = async (...read: readonly string[]) => {
    const lines = read.map((path, index) => `0.${index} disc 0 /${path}`);
    await writeFile(
      profile,
      ['snapdisc-profile 1', ...lines, '1 data 0 /usr/share/text'].join('\n'),
    );
    return builtOrder(t, { profile }, [LOADER, KERNEL, INITRD, ROOT]);
  };
  t.deepEqual(await orderBy(LOADER, KERNEL, INITRD), [LOADER, KERNEL, INITRD, ROOT]);
  t.deepEqual(await orderBy(INITRD, KERNEL, LOADER), [INITRD, KERNEL, LOADER, ROOT]);
  // What was not read follows in the order that all have without a profile.
  t.deepEqual(await orderBy(INITRD), [INITRD, LOADER, KERNEL, ROOT]);
});

test('a sort file may name included files by where they come from', async (t) => {
  const folder = await temporaryDirectory(t);
  const from = join(folder, 'extra');
  await mkdir(join(from, 'sub'), { recursive: true });
  for (const name of ['aa', 'bb', 'sub/cc']) await writeFile(join(from, name), name);
  const [aa, bb, cc] = ['on/disc/aa', 'on/disc/bb', 'on/disc/sub/cc'];
  const sort = join(folder, 'order.txt');
  const more = { sort, discInclude: [`${from}:/on/disc`] };
  const warnings = async (...lines: readonly string[]) => {
    await writeFile(sort, lines.join('\n'));
    const { plan } = await build(t, await rootfs(t), more);
    return plan.warnings.filter((warning) => warning.includes('sort file'));
  };
  const orderBy = async (...lines: readonly string[]) => {
    await writeFile(sort, lines.join('\n'));
    return builtOrder(t, more, [ROOT, aa, bb, cc]);
  };
  t.deepEqual(await orderBy(`${from}/aa -10`, `${from}/bb 10`), [bb, ROOT, cc, aa]);
  t.deepEqual(await orderBy(`${from}/sub 7`), [cc, ROOT, aa, bb]);
  t.deepEqual(await warnings(`${from}/aa 1`, 'on/*/bb 2', 'nothing 3', 'isolinux 4'), [
    `The sort file ${sort} has rules for nothing on the disc: nothing.`,
  ]);
  const five = ['a', 'b', 'c', 'd', 'e'].map((path) => `${path} 1`);
  t.regex((await warnings(...five)).join(), /on the disc: a, b, c and 2 more\.$/);
  // The path on the disc counts before that of the source.
  t.deepEqual(await orderBy('on/disc/bb 5', `${from}/* -10`), [bb, ROOT, aa, cc]);
});
