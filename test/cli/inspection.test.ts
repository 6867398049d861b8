import { mkdir, mkdtemp, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { inspectFile } from '../../src/cli/inspect-command.js';
import { inspectImage } from '../../src/cli/inspection.js';
import { inspectionLines } from '../../src/cli/inspection-text.js';
import { SnapdiscError } from '../../src/errors.js';
import { run, type Tool } from '../../src/process.js';

const tool = (program: string, debianPackage = program): Tool => ({
  program,
  purpose: 'judges what inspect says',
  debianPackage,
});

const folder = await mkdtemp(join(tmpdir(), 'snapdisc-inspect-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));
const iso = join(folder, 'disc.iso');
const image = join(folder, 'disc/live/root.img');

test.before(async () => {
  await mkdir(join(folder, 'disc/live'), { recursive: true });
  await writeFile(image, '');
  await truncate(image, 8 * 1024 * 1024);
  const features = 'none,filetype,sparse_super,large_file,ext_attr';
  await run(tool('mke2fs', 'e2fsprogs'), [
    ...['-q', '-t', 'ext2', '-b', '4096', '-I', '256', '-O', features, '-L', 'ROOT', image],
  ]);
  await writeFile(join(folder, 'disc/loader.bin'), Buffer.alloc(4096, 1));
  await symlink('loader.bin', join(folder, 'disc/link'));
  await run(tool('xorriso'), [
    ...['-as', 'mkisofs', '-quiet', '-R', '-V', 'TEST DISC', '-o', iso],
    ...['-b', 'loader.bin', '-c', 'boot.cat', '-no-emul-boot', '-boot-load-size', '4'],
    join(folder, 'disc'),
  ]);
});

test('volume, boot entry, files and root filesystem are what others see', async (t) => {
  const inspection = await inspectFile(iso);
  t.is(inspection.volume.label, 'TEST DISC');
  t.true(inspection.volume.rockRidge);
  t.like(inspection.boot[0], { path: 'loader.bin', bootable: true });
  t.deepEqual(
    inspection.files.find(({ path }) => path === 'link'),
    {
      path: 'link',
      kind: 'symlink',
      target: 'loader.bin',
    },
  );

  const dump = (await run(tool('dumpe2fs', 'e2fsprogs'), ['-h', image])).toString();
  const figure = (name: string) =>
    new RegExp(`^${name}: +(.*)$`, 'm').exec(dump)?.[1] ?? `no ${name}`;
  const ext2 = inspection.rootFilesystem;
  t.is(ext2?.uuid, figure('Filesystem UUID'));
  t.is(ext2?.label, 'ROOT');
  t.is(String(ext2?.blocks), figure('Block count'));
  t.is(String(ext2?.freeBlocks), figure('Free blocks'));
  t.is(String(ext2?.inodes), figure('Inode count'));
  t.is(String(ext2?.freeInodes), figure('Free inodes'));
  t.is(ext2?.storedBlocks, 2048);
  t.deepEqual([...(ext2?.features ?? [])].sort(), figure('Filesystem features').split(/ +/).sort());
});

test('a file lies where its extents say', async (t) => {
  const { files } = await inspectFile(iso);
  const extent = files.find(({ path }) => path === 'live/root.img')?.extents?.[0];
  const handle = await open(iso);
  const bytes = Buffer.alloc(4096);
  await handle.read(bytes, 0, bytes.length, (extent?.block ?? 0) * 2048);
  await handle.close();
  t.is(extent?.size, 8 * 1024 * 1024);
  t.true(bytes.equals((await readFile(image)).subarray(0, 4096)));
});

test('people and programs get the same', async (t) => {
  const inspection = await inspectFile(iso);
  t.deepEqual(JSON.parse(JSON.stringify(inspection)), inspection);
  const text = inspectionLines(inspection).join('\n');
  t.regex(text, /^ {2}Label +TEST DISC$/m);
  t.regex(text, /^ {2}CD +loader\.bin at block \d+$/m);
  t.regex(text, /^ {2}UUID +[0-9a-f-]{36}$/m);
  t.regex(text, / link -> loader\.bin$/m);
});

test('what is no disc is refused', async (t) => {
  const refused = (path: string, code: string) =>
    t.throwsAsync(inspectFile(path), { instanceOf: SnapdiscError, code });
  await refused('/nonexistent', 'image.missing');
  await refused(folder, 'image.missing');
  await refused(image, 'image.not-iso');
});

test('damaged discs give an inspection or image.*, never anything else', async (t) => {
  const whole = await readFile(iso);
  const system = 128 * 1024;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(system), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(whole.length),
      async (damage, cut) => {
        const bytes = Buffer.from(cut % 3 === 0 ? whole.subarray(0, cut) : whole);
        for (const [at, value] of damage) if (at < bytes.length) bytes[at] = value;
        const readAt = async (offset: number, length: number) =>
          bytes.subarray(offset, offset + length);
        try {
          const lines = inspectionLines(await inspectImage(readAt));
          t.notRegex(lines.join(''), /\p{Cc}/u);
        } catch (error) {
          t.true(error instanceof SnapdiscError && error.code.startsWith('image.'), String(error));
        }
      },
    ),
    { numRuns: 150 },
  );
});
