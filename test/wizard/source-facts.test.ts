import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { prepareBuild } from '../../src/build/build.js';
import { usualHotCopyBytes } from '../../src/build/hot-copy.js';
import { silentReporter } from '../../src/build/report.js';
import { realServices } from '../../src/cli/real-services.js';
import { SnapdiscError } from '../../src/errors.js';
import { run } from '../../src/process.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { MIB } from '../../src/units.js';
import { estimatedBytes } from '../../src/wizard/source-facts.js';
import { fakeTerminal } from '../cli/fixtures/fake-terminal.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { debianTar } from '../fixtures/debian.js';
import { kernelImage } from '../initrd/helpers/kernel.js';

const examine = (source: string) =>
  realServices(fakeTerminal()).examineSource({ source, bootstrapInclude: [] }, silentReporter);

test('of a Debian: its name, its kernels, and about how large a disc of it is', async (t) => {
  const source = await debianTar('i386');
  const facts = await examine(source);
  t.regex(facts.system, /^Debian GNU\/Linux \d+ \(\w+\)$/);
  t.regex(facts.kernels.join(), /^\d+\.\d+\.\d+-\d+-686/);
  const output = join(await temporaryDirectory(t), 'live.iso');
  const prepared = await prepareBuild(parseRecipe({ source, output }), silentReporter);
  await prepared.close();
  const { iso, hotCopy } = prepared.plan.sizes;
  const usual = iso - hotCopy + usualHotCopyBytes(hotCopy);
  const error = Math.abs(facts.discBytes - usual) / usual;
  t.true(error < 0.05, `${facts.discBytes} bytes instead of ${usual}`);
});

test('what no disc can start from is refused as a build would', async (t) => {
  const root = join(await temporaryDirectory(t), 'root');
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  await mkdir(join(root, 'boot'));
  const output = join(root, '../live.iso');
  const refusal = async (work: Promise<unknown>) => {
    const { code, hint } = await t.throwsAsync<SnapdiscError>(work, { instanceOf: SnapdiscError });
    return { code, hint };
  };
  const build = () => prepareBuild(parseRecipe({ source: root, output }), silentReporter);
  const noKernel = await refusal(examine(root));
  t.is(noKernel.code, 'rootfs.no-kernel');
  t.deepEqual(noKernel, await refusal(build()));
  await writeFile(join(root, 'boot/vmlinuz-6.1'), kernelImage('6.1'));
  const noModules = await refusal(examine(root));
  t.is(noModules.code, 'rootfs.no-modules');
  t.deepEqual(noModules, await refusal(build()));
  await mkdir(join(root, 'lib/modules/6.1'), { recursive: true });
  await writeFile(join(root, 'lib/modules/6.1/modules.dep'), '');
  t.deepEqual((await examine(root)).kernels, ['6.1']);
});

test('compressed, about as much is left of it as of a Debian', (t) => {
  // With the copy of what its boot reads, which a compressed disc has none of.
  const plain = { discBytes: (416 + 18) * MIB };
  t.is(estimatedBytes(plain, 'none'), plain.discBytes);
  const [squashfs, erofs] = [estimatedBytes(plain, 'squashfs'), estimatedBytes(plain, 'erofs')];
  // docs/optical.md: 151 and 187 MB.
  t.true(Math.abs(squashfs - 151e6) < 5e6, String(squashfs));
  t.true(Math.abs(erofs - 187e6) < 5e6, String(erofs));
});

test('a name is taken from a compressed archive, wherever it lies, and is safe to print', async (t) => {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'root/usr/bin'), { recursive: true });
  await mkdir(join(folder, 'root/usr/lib'));
  await mkdir(join(folder, 'root/etc'));
  await writeFile(join(folder, 'root/usr/lib/os-release'), "NAME='Odd\x1b[2J \xd6s'\n", 'latin1');
  await mkdir(join(folder, 'root/usr/lib/modules/6.1'), { recursive: true });
  await writeFile(join(folder, 'root/usr/lib/modules/6.1/modules.dep'), '');
  await writeFile(join(folder, 'root/usr/lib/modules/6.1/vmlinuz'), '');
  await symlink('../usr/lib/os-release', join(folder, 'root/etc/os-release'));
  const archive = join(folder, 'root.tar.gz');
  const tar = { program: 'tar', purpose: 'makes archives', debianPackage: 'tar' };
  await run(tar, ['-C', join(folder, 'root'), '-czf', archive, '.']);
  for (const path of [archive, join(folder, 'root')]) {
    t.like(await examine(path), { system: 'Odd\\x1b[2J \\xd6s', kernels: ['6.1'] }, path);
  }
});
