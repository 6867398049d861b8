import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type BootFilesOptions, readBootFiles } from '../../src/bootloader/boot-files.js';
import { SnapdiscError } from '../../src/errors.js';

const settings: BootFilesOptions = {
  label: 'RESCUE',
  kernelPath: '/live/vmlinuz',
  initrdPath: '/live/initrd.img',
  append: 'quiet',
  serial: false,
  timeoutSeconds: 5,
};

async function folderWith(t: ExecutionContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-boot-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [name, contents] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), contents);
  }
  return folder;
}

const LOADER = { 'isolinux.bin': 'loader', 'isohdpfx.bin': 'mbr' };
const MODULES = Object.fromEntries(
  ['ldlinux', 'menu', 'libutil', 'libcom32', 'chain'].map((name) => [`${name}.c32`, name]),
);
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

test("this machine's isolinux: the sizes its BIOS interface needs", async (t) => {
  const boot = await readBootFiles(settings);
  t.is(boot.mbrTemplate.length, 432);
  // The boot info table lies at 8 to 63, and the loader says who it is.
  t.regex(Buffer.from(boot.bootImage).toString('latin1'), /ISOLINUX/);
  t.deepEqual(
    [...boot.files.keys()],
    [
      ...['isolinux/ldlinux.c32', 'isolinux/isolinux.cfg', 'isolinux/menu.c32'],
      ...['isolinux/libutil.c32', 'isolinux/libcom32.c32', 'isolinux/chain.c32'],
      'boot/grub/loopback.cfg',
    ],
  );
  t.regex(text(boot.files.get('isolinux/isolinux.cfg')), /APPEND quiet/);
});

test("another distribution's folders are found too", async (t) => {
  const folder = await folderWith(t, { ...LOADER, ...MODULES });
  const nowhere = { loader: join(folder, 'no'), modules: join(folder, 'no') };
  const locations = [nowhere, { loader: folder, modules: folder }];
  const boot = await readBootFiles({ ...settings, locations });
  t.is(text(boot.bootImage), 'loader');
  t.is(text(boot.files.get('isolinux/chain.c32')), 'chain');
});

test('what is not installed is named with its package', async (t) => {
  const loader = await folderWith(t, LOADER);
  const modules = await folderWith(t, MODULES);
  const missing = (at: { loader: string; modules: string }) =>
    t.throwsAsync(readBootFiles({ ...settings, locations: [at] }), {
      instanceOf: SnapdiscError,
      code: 'tool.isolinux-missing',
    });
  t.is(
    (await missing({ loader, modules: loader }))?.hint,
    'On Debian: apt install syslinux-common',
  );
  t.is((await missing({ loader: modules, modules }))?.hint, 'On Debian: apt install isolinux');
  const both = await missing({ loader: '/nonexistent', modules: '/nonexistent' });
  t.is(both?.hint, 'On Debian: apt install isolinux syslinux-common');
});

test("a menu of the user's own replaces ours, with placeholders filled in", async (t) => {
  const isolinuxDir = await folderWith(t, {
    'isolinux.cfg': 'INCLUDE more/entries.cfg\nDEFAULT own\n',
    'more/entries.cfg': 'LABEL own\nLINUX @KERNEL@\nINITRD @INITRD@\nAPPEND @APPEND@ extra\n',
    'splash.png': '@KERNEL@',
  });
  await symlink('splash.png', join(isolinuxDir, 'link.png'));
  const { files } = await readBootFiles({ ...settings, isolinuxDir });
  t.is(
    text(files.get('isolinux/more/entries.cfg')),
    'LABEL own\nLINUX /live/vmlinuz\nINITRD /live/initrd.img\nAPPEND quiet extra\n',
  );
  t.is(text(files.get('isolinux/splash.png')), '@KERNEL@');
  t.is(text(files.get('isolinux/link.png')), '@KERNEL@');
  t.true(files.has('isolinux/ldlinux.c32'));
  t.regex(text(files.get('boot/grub/loopback.cfg')), /linux '\/live\/vmlinuz' live\.iso=/);
});

test('a menu with its own loader gets no modules of another release', async (t) => {
  const isolinuxDir = await folderWith(t, {
    'isolinux.cfg': 'DEFAULT own\n',
    'isolinux.bin': 'own loader',
    'ldlinux.c32': 'own core',
  });
  const boot = await readBootFiles({ ...settings, isolinuxDir });
  t.is(text(boot.bootImage), 'own loader');
  t.deepEqual(
    [...boot.files.keys()],
    ['isolinux/ldlinux.c32', 'isolinux/isolinux.cfg', 'boot/grub/loopback.cfg'],
  );
});

test('a menu that cannot work is refused', async (t) => {
  const refused = async (isolinuxDir: string, message: RegExp) => {
    await t.throwsAsync(readBootFiles({ ...settings, isolinuxDir }), {
      instanceOf: SnapdiscError,
      code: 'usage.isolinux-dir',
      message,
    });
  };
  await refused(await folderWith(t, { 'menu.cfg': '' }), /holds no isolinux\.cfg/);
  await refused('/nonexistent', /cannot be read as a directory/);
  const broken = await folderWith(t, { 'isolinux.cfg': '' });
  await symlink('/nonexistent', join(broken, 'gone'));
  await refused(broken, /holds gone, which cannot be read/);
  const device = await folderWith(t, { 'isolinux.cfg': '' });
  await symlink('/dev/zero', join(device, 'zero'));
  await refused(device, /holds zero, which is neither a file/);
});
