import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parseRecipeFile } from '../../src/recipe/settings-file.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { answerUntil, FILES, startWizard } from './fixtures/start-wizard.js';

test.serial('from the first question to the disc, its command and the machine', async (t) => {
  const { screen, folder } = await startWizard(t, ['FAKE_KERNELS=6.2 6.1', 'FAKE_CAN_RUN=1']);
  const first = await screen.expect(/Which root filesystem\?.*another path/s);
  t.regex(
    first,
    /debian\.tar, 10\.0 KiB\n +rootfs\/\n(?: +this running system.*\n)? +Debian 12.*\n +another path/,
  );
  await screen.press('Enter');
  const facts = await screen.expect(/Which kernel\?/);
  t.regex(facts, /Debian GNU\/Linux 12 \(bookworm\), about 450 MiB as a disc/);
  await screen.press('Down', 'Enter');
  await screen.expect(/Label of the disc/);
  await screen.press('Enter');
  const media = await screen.expect(/What does it go onto\?.*USB stick/s);
  t.regex(media, /CD-R of 650 MB, about 200 MiB left\n +CD-R of 700 MB, about 253 MiB left\n/);
  await screen.press('Down', 'Down', 'Enter');
  await screen.expect(/Memory of the machine/);
  await screen.press('lots', 'Enter');
  await screen.expect(/That has a wrong value: "lots" is not a size/);
  for (let key = 0; key < 'lots'.length; key += 1) await screen.press('BSpace');
  await screen.press('64', 'Enter');
  await screen.expect(/Which processor does it have\?.*x86_64/s);
  await screen.press('Down', 'Enter');
  await screen.expect(/Make a user/);
  await screen.press('Root!', 'Enter');
  await screen.expect(/That must be 1 to 32 of a-z/);
  for (let key = 0; key < 'Root!'.length; key += 1) await screen.press('BSpace');
  await screen.press('ana', 'Enter');
  await screen.expect(/Password for ana/);
  await screen.press('one', 'Enter');
  await screen.expect(/The same again/);
  await screen.press('two', 'Enter');
  await screen.expect(/The two differ/);
  await screen.press('secret', 'Enter');
  await screen.expect(/differ.*The same again/s);
  await screen.press('secret', 'Enter');
  await screen.expect(/A directory of extra files/);
  await screen.press('nowhere', 'Enter');
  await screen.expect(/There is no directory nowhere\./);
  for (let key = 0; key < 'nowhere'.length; key += 1) await screen.press('BSpace');
  await screen.press('photos:/pictures', 'Enter');
  await screen.expect(/Another one/);
  await screen.press('Enter');
  await screen.expect(/Write the disc image to/);
  await screen.press('Enter');
  // All of it on one screen.
  const review = await screen.expect(/This will be built:.*quit without building/s);
  for (const line of [
    /From +tar archive debian\.tar/,
    /To +debian\.iso/,
    /Kernel +6\.1 \(i386\)/,
    /For +cd-700, 64M, i386/,
    /Extra files +photos:\/pictures/,
    /Login +ana can log in\./,
    /Disc +450 MiB, initrd 3\.50 MiB/,
    /Medium +CD-R of 700 MB, 253 MiB left/,
  ]) {
    t.regex(review, line);
  }
  t.notRegex(review, /secret/);
  await screen.press('Enter');
  const done = await screen.expect(/What next\?.*nothing more/s);
  // The terminal wraps the command at 80 columns.
  const command = [
    'snapdisc build --output=debian.iso --disc-include=photos:/pictures --force',
    '--user=ana --password=- --kernel=6.1 --target-medium=cd-700 --target-memory=64M',
    '--target-arch=i386 debian.tar',
  ].join(' ');
  t.true(done.replaceAll('\n', '').includes(command), done);
  t.notRegex(done, /burn it|write it onto/);
  await screen.press('Down', 'Enter');
  await screen.expect(/Write the recipe to/);
  await screen.press('Enter');
  await screen.expect(/snapdisc\.yaml is written.*snapdisc build --force.*What next\?.*more/s);
  await screen.press('Down', 'Enter');
  await screen.expect(/snapdisc\.yaml is written.*What next\?.*What next\?.*more/s);
  await screen.press('Enter');
  await screen.expect(/BOOTED debian\.iso/);
  t.is(await screen.exitCode(), 0);
  t.is(await readFile(join(folder, 'debian.iso'), 'utf8'), 'a disc');
  const saved = await readFile(join(folder, 'snapdisc.yaml'));
  const { discs, problems } = parseRecipeFile(saved, 'snapdisc.yaml');
  t.deepEqual(problems, []);
  t.deepEqual(discs[0]?.layer.values, {
    source: 'debian.tar',
    output: 'debian.iso',
    discInclude: [{ from: 'photos', to: '/pictures' }],
    kernel: '6.1',
    targetMedium: 'cd-700',
    targetMemoryMiB: '64M',
    targetArch: 'i386',
    user: 'ana',
    password: '-',
  });
});

test.serial('what was given can be taken back', async (t) => {
  const { screen } = await startWizard(t);
  await answerUntil(screen, /Memory/);
  await screen.press('64', 'Enter');
  await answerUntil(screen, /Make a user/, { from: 'processor' });
  await screen.press('ana', 'Enter');
  await screen.expect(/Password for ana/);
  await screen.press('Enter');
  await screen.expect(/Log in without a password/);
  await screen.press('Enter');
  await screen.expect(/A directory of extra files/);
  await screen.press('photos', 'Enter');
  await screen.expect(/Another one/);
  await screen.press('Enter');
  const review = await answerUntil(screen, /What now/, { from: 'Write the disc' });
  for (const line of [/For +64M\n/, /Extra files +photos:\/\n/, /Login +ana/]) {
    t.regex(review, line);
  }
  const change = async (downs: number, question: RegExp) => {
    await screen.press('Down', 'Enter');
    await screen.expect(/Change what\?[^✔]*output\s+$/s);
    await screen.press(...Array<string>(downs).fill('Down'), 'Enter');
    await screen.expect(question);
  };
  await change(3, /go onto\?.*USB stick/s);
  await screen.press('Enter');
  await screen.expect(/Memory of the machine, such as 64M \(- for none\).*64/);
  await screen.press('-', 'Enter');
  await screen.expect(/Which processor.*x86_64/s);
  await screen.press('Enter');
  await screen.expect(/What now\?.*quit\D+$/s);
  await change(4, /Make a user \(- for none\).*ana/);
  await screen.press('-', 'Enter');
  await screen.expect(/Password for root/);
  await screen.press('Enter');
  await screen.expect(/Log in without a password/);
  await screen.press('Enter');
  await screen.expect(/Nobody can log in.*What now\?.*quit\D+$/s);
  await change(5, /extra files for the disc \(- for none\).*photos/);
  await screen.press('-', 'Enter');
  await screen.expect(/Another one/);
  await screen.press('Enter');
  const last = await screen.expect(/Another one.*This will be built.*What now\?.*quit\D+$/s);
  const built = last.slice(last.lastIndexOf('This will be built'));
  t.notRegex(built, /^ +(?:For|Extra files) /m);
  await screen.press('Up', 'Enter');
  t.is(await screen.exitCode(), 0);
});

test.serial(
  'burning that fails is told, a stick is written, and there is still the disc',
  async (t) => {
    const { screen, folder } = await startWizard(t, ['FAKE_DRIVES=1']);
    await answerUntil(screen, /What now/);
    await screen.press('Enter');
    const offers = await screen.expect(/What next\?.*nothing more/s);
    t.regex(offers, /burn it, onto a blank disc in \/dev\/sr0\n/);
    t.regex(offers, /write it onto \/dev\/sdb, 14\.9 GiB, Data Traveler\n/);
    t.notRegex(offers, /virtual machine/);
    await screen.press('Enter');
    await screen.expect(/no disc in \/dev\/sr0.*Hint: Put a blank.*What next\?.*more/s);
    // After the first one, "nothing more" is offered.
    await screen.press('Up', 'Up', 'Enter');
    await screen.expect(/Keep changes on what is left of the stick\?/);
    await screen.press('y');
    await screen.expect(/Keep changes.*What next\?.*more/s);
    await screen.press('Enter');
    await screen.expect(/WRITTEN debian\.iso \/dev\/sdb persist/);
    t.is(await screen.exitCode(), 0);
    t.is(await readFile(join(folder, 'debian.iso'), 'utf8'), 'a disc');
  },
);

test.serial('a disc that its medium has no room for is not offered to be built', async (t) => {
  const { screen, folder } = await startWizard(t, ['FAKE_MIB=710']);
  const media = await answerUntil(screen, /go onto/);
  t.regex(media, /CD-R of 700 MB, about 7\.\d\d MiB too small, but not when compressed\n/);
  await screen.press('Down', 'Down', 'Enter');
  await screen.expect(/Memory of the machine/);
  await screen.press('40', 'Enter');
  await screen.expect(/Which processor.*x86_64/s);
  await screen.press('Enter');
  const offer = await screen.expect(
    /It does not fit as it is\. Compress it\?.*leave something out/s,
  );
  t.regex(offer, /in memory twice: 48 MiB are known\n.*; 40 MiB have not been tried/);
  t.regex(offer, /yes, to about 232 MiB \(squashfs\)\n/);
  // With so little memory it is not what is offered.
  await screen.press('Enter');
  const review = await answerUntil(screen, /What now/, { from: 'Make a user' });
  t.regex(review, /Medium +CD-R of 700 MB, 7\.\d\d MiB too small/);
  t.regex(review.replace(/\n/g, ''), /--exclude=\/usr\/share\/doc \(80 MiB\)/);
  t.notRegex(review, /build the disc/);
  await screen.press('Enter');
  await screen.expect(/Change what\?/);
  await screen.press('Down', 'Down', 'Enter');
  // One kernel, nothing to ask: label, then target machine are the next ones.
  await screen.expect(/Change what\?.*Label of the disc/s);
  await screen.press('Enter');
  await screen.expect(/What now\?.*quit/s);
  await screen.press('Enter');
  await screen.expect(/Change what\?.*target machine/s);
  await screen.press('Down', 'Down', 'Down', 'Enter');
  await screen.expect(/What does it go onto\?.*USB stick/s);
  await screen.press('Down', 'Enter');
  for (const question of [/Memory of the machine/, /Which processor/]) {
    await screen.expect(question);
    await screen.press('Enter');
  }
  await screen.expect(/Medium +DVD, 3\.\d\d GiB left.*build the disc/s);
  await screen.press('C-c');
  t.is(await screen.exitCode(), 130);
  t.deepEqual(await readdir(folder), FILES);
});

test.serial('a disc that does not fit is compressed', async (t) => {
  const { screen } = await startWizard(t, ['FAKE_MIB=710']);
  await answerUntil(screen, /go onto/);
  await screen.press('Down', 'Down', 'Enter');
  await screen.expect(/Memory of the machine/);
  await screen.press('256', 'Enter');
  await screen.expect(/Which processor.*x86_64/s);
  await screen.press('Enter');
  const offer = await screen.expect(/Compress it\?.*leave something out/s);
  t.regex(
    offer,
    /48 MiB are known\n.*\n +24x drive 7\.6 s and 11 head moves to start \(in 128 MiB\)\.\n/,
  );
  await screen.press('Enter');
  const review = await answerUntil(screen, /What now/, { from: 'Make a user' });
  t.regex(review, /Disc +about 41\d MiB, 710 MiB at most, initrd 3\.50 MiB\n/);
  t.regex(review, /Compressed +squashfs, zstd\n +Medium +CD-R of 700 MB\n/);
  await screen.press('Enter');
  const done = await screen.expect(/What next\?.*nothing more/s);
  t.regex(done.replaceAll('\n', ''), /--compress=squashfs .*--target-medium=cd-700 .*debian\.tar/);
  await screen.press('Up', 'Enter');
  t.is(await screen.exitCode(), 0);
});

test.serial('a wrong source, a changed mind, an output that exists', async (t) => {
  const { screen, folder } = await startWizard(t);
  await writeFile(join(folder, 'broken.tar'), '');
  await writeFile(join(folder, 'old.iso'), 'old');
  await screen.expect(/another path/);
  await screen.press('Up', 'Enter');
  await screen.expect(/Path of the root filesystem/);
  await screen.press('nowhere', 'Enter');
  await screen.expect(/There is nothing at that path/);
  for (let key = 0; key < 'nowhere'.length; key += 1) await screen.press('BSpace');
  await screen.press('debian:x y', 'Enter');
  await screen.expect(/That names no release of Debian, such as debian:bookworm/);
  for (let key = 0; key < 'debian:x y'.length; key += 1) await screen.press('BSpace');
  await screen.press('broken.tar', 'Enter');
  await screen.expect(/That does not work: broken\.tar is damaged\.\s+Hint: Get another\./);
  await screen.expect(/damaged.*another path/s);
  await screen.press('Down', 'Enter');
  // One kernel: nothing to ask.
  await answerUntil(screen, /without a password/, { from: 'Label' });
  await screen.press('y');
  await answerUntil(screen, /What now/, { from: 'extra files' });
  await screen.expect(/To +rootfs\.iso.*What now/s);
  await screen.press('Down', 'Enter');
  await screen.expect(/Change what\?/);
  await screen.press('Up', 'Enter');
  await screen.expect(/Change what\?.*Write the disc image to/s);
  for (let key = 0; key < 'rootfs.iso'.length; key += 1) await screen.press('BSpace');
  await screen.press('old.iso', 'Enter');
  await screen.expect(/old\.iso exists\. Replace it\?/);
  await screen.press('y');
  await screen.expect(/To +old\.iso, which is replaced.*What now/s);
  await screen.press('Up', 'Enter');
  await screen.expect(/Nothing was written\./);
  t.is(await screen.exitCode(), 0);
  t.is(await readFile(join(folder, 'old.iso'), 'utf8'), 'old');
  t.deepEqual(await readdir(folder), [
    'broken.tar',
    ...FILES.slice(0, 2),
    'old.iso',
    ...FILES.slice(2),
  ]);
});

test.serial('~ is the home folder in every question for a path', async (t) => {
  const home = await temporaryDirectory(t);
  await mkdir(join(home, 'rootfs/usr/bin'), { recursive: true });
  const { screen, folder } = await startWizard(t, [`HOME=${home}`]);
  await screen.expect(/another path/);
  await screen.press('Up', 'Enter');
  await screen.expect(/Path of the root filesystem/);
  await screen.press('~/roofs', 'Enter');
  await screen.expect(/There is nothing at that path/);
  for (let key = 0; key < 'fs'.length; key += 1) await screen.press('BSpace');
  await screen.press('tfs', 'Enter');
  await answerUntil(screen, /extra files/, { from: 'Label' });
  await screen.press('~/rootfs:/files', 'Enter');
  await screen.expect(/Another one/);
  await screen.press('Enter');
  // Beside the source.
  const offered = await screen.expect(/Write the disc image to/);
  t.true(offered.includes(`${home}/rootfs.iso`), offered);
  await screen.press('~/live.iso', 'Enter');
  await screen.expect(/build the disc.*quit/s);
  await screen.press('Enter');
  await screen.expect(/What next\?.*nothing more/s);
  await screen.press('Enter');
  await screen.expect(/Write the recipe to/);
  await screen.press('~/live.yaml', 'Enter');
  await screen.expect(/live\.yaml is written.*What next\?.*more/s);
  await screen.press('Enter');
  t.is(await screen.exitCode(), 0);
  t.is(await readFile(join(home, 'live.iso'), 'utf8'), 'a disc');
  const saved = parseRecipeFile(await readFile(join(home, 'live.yaml')), 'live.yaml');
  t.like(saved.discs[0]?.layer.values, {
    ...{ source: join(home, 'rootfs'), output: join(home, 'live.iso') },
    discInclude: [{ from: join(home, 'rootfs'), to: '/files' }],
  });
  t.deepEqual(await readdir(folder), FILES);
});

test.serial('a variable that is misspelt is told before the first question', async (t) => {
  const { screen } = await startWizard(t, ['SNAPDISC_LABLE=RESCUE']);
  const first = await screen.expect(/Which root.*another path/s);
  t.regex(
    first,
    /Warning: There is no variable SNAPDISC_LABLE\. Did you mean SNAPDISC_LABEL\?\n.*Which/s,
  );
  await screen.press('C-c');
  t.is(await screen.exitCode(), 130);
});

test.serial('a Debian to be fetched: what for, and with what', async (t) => {
  const { screen, folder } = await startWizard(t);
  await screen.expect(/Which root.*another path/s);
  await screen.press('Up', 'Up', 'Enter');
  const processors = await screen.expect(/Which processor does it have\?.*64 bit/s);
  t.notRegex(processors, /anything/);
  await screen.press('Enter');
  await screen.expect(/More packages, such as nano,openssh-server \(empty for none\)/);
  await screen.press('Nano', 'Enter');
  await screen.expect(/They must be names of Debian's packages/);
  for (let key = 0; key < 'Nano'.length; key += 1) await screen.press('BSpace');
  await screen.press('nano,  vim', 'Enter');
  // What was said is not asked again.
  const review = await answerUntil(screen, /What now/, { from: 'Label', but: /processor/ });
  t.regex(review, /From +tar archive debian:bookworm/);
  t.regex(review, /For +i386/);
  await screen.press('Down', 'Enter');
  await screen.expect(/Change what\?.*output/s);
  await screen.press('Enter');
  await screen.expect(/Change what\?.*Which root.*another path/s);
  await screen.press('Up', 'Up', 'Enter');
  await screen.expect(/Change what\?.*Which processor.*64 bit/s);
  await screen.press('Down', 'Enter');
  await screen.expect(/More packages, such as nano,openssh-server \(- for none\).*nano,vim/s);
  await screen.press('-', 'Enter');
  await screen.expect(/For +x86_64.*What now\?.*quit/s);
  await screen.press('Enter');
  const done = await screen.expect(/What next\?.*nothing more/s);
  const command =
    'snapdisc build --output=debian-bookworm.iso --force --target-arch=x86_64 debian:bookworm';
  t.true(done.replaceAll('\n', '').includes(command), done);
  await screen.press('Up', 'Enter');
  t.is(await screen.exitCode(), 0);
  t.deepEqual(await readdir(folder), ['debian-bookworm.iso', ...FILES]);
});
