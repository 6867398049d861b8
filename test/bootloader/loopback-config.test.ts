import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type LoopbackSettings, loopbackConfig } from '../../src/bootloader/loopback-config.js';
import { run } from '../../src/process.js';

const CHECK = {
  program: 'grub-script-check',
  purpose: 'judges',
  debianPackage: 'grub-common',
};
const settings: LoopbackSettings = {
  label: 'RESCUE',
  kernelPath: '/live/vmlinuz',
  initrdPath: '/live/initrd.img',
  append: 'quiet live.cow=ram',
};

const template = await readFile(new URL('../../grub/loopback.cfg', import.meta.url));
const fill = (changes: Partial<LoopbackSettings> = {}) =>
  Buffer.from(loopbackConfig(template, { ...settings, ...changes })).toString();

async function acceptedByGrub(t: ExecutionContext, config: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-grub-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'loopback.cfg'), config);
  await t.notThrowsAsync(run(CHECK, [join(folder, 'loopback.cfg')]), config);
}

test("loopback.cfg starts the live system and names the file it is in, in GRUB's language", async (t) => {
  const config = fill();
  t.regex(config, /^menuentry 'Start the live system: ''RESCUE' \{$/m);
  t.regex(
    config,
    /^\tlinux '\/live\/vmlinuz' live\.iso="\$iso_path" 'quiet' 'live\.cow=ram'\n\tinitrd '\/live\/initrd\.img'$/m,
  );
  t.notRegex(config, /@[A-Z]+@/);
  // The first one is the default.
  t.true(config.indexOf("'RESCUE'") < config.indexOf("menuentry 'Load to memory"));
  await acceptedByGrub(t, config);
});

test('it offers what the boot menu of the disc offers, with the same words', async (t) => {
  const menu = await readFile(new URL('../../isolinux/isolinux.cfg', import.meta.url), 'utf8');
  const entry = /^ {2}MENU LABEL (.*)\n {2}LINUX .*\n {2}INITRD .*\n {2}APPEND @APPEND@(.*)$/gm;
  const isolinux = [...menu.matchAll(entry)].map(([, title, added]) => [title, added]);
  t.true(isolinux.length >= 6);
  const grub =
    /^menuentry ['"](.*?)(?:: ''RESCUE)?['"] \{\n\tlinux .* 'live\.cow=ram'(.*)\n\tinitrd .*\n\}$/gm;
  const loopback = [...fill().matchAll(grub)].map(([, title, added]) => [title, added]);
  const inFile = ([title, added]: (string | undefined)[]) => [
    title?.replace('the disc can be taken out', 'the disk with the file can be taken out'),
    added,
  ];
  t.deepEqual(loopback, isolinux.map(inFile));
  for (const title of ['From a disk: start the first hard disk', 'From a stick: start the'])
    t.true(fill().includes(`menuentry '${title}`), title);
});

test('words that mean something to GRUB reach the kernel as they are', async (t) => {
  const append = `a=$x;b={c} # d=it's e=@KERNEL@ "f=g h" i="j  k" l="`;
  const config = fill({ append, label: "It's {mine}" });
  const line = /"\$iso_path" (.*)$/m.exec(config)?.[1];
  t.is(line, `'a=$x;b={c}' '#' 'd=it'\\''s' 'e=@KERNEL@' 'f=g h' 'i=j  k' 'l='`);
  await acceptedByGrub(t, config);
  // A shell reads single quotes as GRUB does.
  const shell = { program: 'sh', purpose: 'judges', debianPackage: 'dash' };
  const words = await run(shell, ['-c', `printf '%s\\n' ${line}`]);
  t.deepEqual(words.toString().split('\n').slice(0, -1), [
    ...['a=$x;b={c}', '#', "d=it's", 'e=@KERNEL@', 'f=g h', 'i=j  k', 'l='],
  ]);
});

test('a check that accepts everything would be none', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-grub-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'loopback.cfg');
  await writeFile(file, fill().replaceAll('}', ''));
  await t.throwsAsync(run(CHECK, [file]));
});
