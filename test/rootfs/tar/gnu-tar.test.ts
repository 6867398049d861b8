import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { run } from '../../../src/process.js';
import { openDirectory } from '../../../src/rootfs/directory/open-directory.js';
import { openTar } from '../../../src/rootfs/tar/open-tar.js';
import { lookup } from '../../../src/rootfs/tree.js';
import { attributes, device, directory, file, symlink } from '../../fixtures/torture-tree.js';
import { describeSource, isRoot, materialise, TAR, temporaryDirectory, tool } from '../helpers.js';

const WHOLE_SECONDS = { mtime: { seconds: 1_600_000_000, nanoseconds: 0 } };
const plain = (content: string, changes = {}) => file(content, { ...WHOLE_SECONDS, ...changes });

/** What every format since V7 can carry. */
function modestTree() {
  const shared = plain('shared\n');
  return directory(
    {
      bin: directory(
        { sh: plain('#!', { mode: 0o4755 }), ash: symlink('sh', WHOLE_SECONDS) },
        WHOLE_SECONDS,
      ),
      etc: directory(
        { passwd: shared, 'passwd-': shared, 'na\nme\xe9 \\x': plain('x'.repeat(513)) },
        WHOLE_SECONDS,
      ),
      empty: plain('', isRoot ? { uid: 1234, gid: 56_789 } : {}),
    },
    WHOLE_SECONDS,
  );
}

for (const format of ['v7', 'oldgnu', 'gnu', 'ustar', 'pax']) {
  test(`an archive of the format ${format} reads as what it was made of`, async (t) => {
    const folder = await temporaryDirectory(t);
    const place = join(folder, 'root');
    await mkdir(place);
    await materialise(modestTree(), place);
    const archive = join(folder, 'archive');
    await run(TAR, [`--format=${format}`, '-C', place, '-cf', archive, '.']);
    const source = await openTar(archive);
    t.teardown(() => source.close());
    t.deepEqual(
      await describeSource(t, source),
      await describeSource(t, await openDirectory(place)),
    );
  });
}

for (const format of ['oldgnu', 'gnu', 'pax']) {
  test(`long names, large owners and devices survive the format ${format}`, async (t) => {
    const folder = await temporaryDirectory(t);
    const place = join(folder, 'root');
    await mkdir(place);
    const long = `${'n'.repeat(240)}\xff`;
    const owner = isRoot ? { uid: 4_294_967_294, gid: 2_097_152 } : {};
    const deep = plain('deep', owner);
    const tree = directory(
      {
        [long]: directory({ [long]: directory({ [long]: deep }, WHOLE_SECONDS) }, WHOLE_SECONDS),
        link: deep,
        far: symlink('t'.repeat(400), WHOLE_SECONDS),
        late: file('', { mtime: { seconds: 5_000_000_000, nanoseconds: 0 } }),
        early: file('', { mtime: { seconds: -86_400, nanoseconds: 0 } }),
        pipe: { ...attributes(WHOLE_SECONDS), kind: 'fifo' },
        ...(isRoot
          ? {
              disk: device('block', 4095, 1_048_575, WHOLE_SECONDS),
              null: device('char', 1, 3, WHOLE_SECONDS),
            }
          : {}),
      },
      WHOLE_SECONDS,
    );
    // The largest device numbers of a GNU header's seven octal digits do fit.
    await materialise(tree, place);
    const archive = join(folder, 'archive');
    await run(TAR, [`--format=${format}`, '-C', place, '-cf', archive, '.']);
    const source = await openTar(archive);
    t.teardown(() => source.close());
    t.deepEqual(
      await describeSource(t, source),
      await describeSource(t, await openDirectory(place)),
    );
  });
}

const SPARSE: Record<string, string[]> = {
  'old GNU': ['--format=gnu'],
  'PAX 0.0': ['--format=pax', '--sparse-version=0.0'],
  'PAX 0.1': ['--format=pax', '--sparse-version=0.1'],
  'PAX 1.0': ['--format=pax', '--sparse-version=1.0'],
};

for (const [name, flags] of Object.entries(SPARSE)) {
  test(`sparse files of the format ${name} keep their holes and their bytes`, async (t) => {
    const folder = await temporaryDirectory(t);
    const place = join(folder, 'root');
    await mkdir(place);
    const size = 100 * 65_536;
    const content = Buffer.alloc(size);
    const runs: { offset: number; length: number }[] = [];
    for (let offset = 65_536; offset < size; offset += 2 * 65_536) {
      content.fill(offset / 65_536, offset, offset + 4096);
      runs.push({ offset, length: 4096 });
    }
    const many = { ...attributes(WHOLE_SECONDS), kind: 'file' as const, size, runs, content };
    await materialise(directory({ a: plain('a'), many, z: plain('z') }), place);
    await writeFile(join(place, 'hole'), '');
    await truncate(join(place, 'hole'), 5 * 1024 ** 3 + 7);
    const archive = join(folder, 'archive');
    await run(TAR, [...flags, '--sparse', '-C', place, '-cf', archive, '.']);
    const source = await openTar(archive);
    t.teardown(() => source.close());
    const found = lookup(source.root, 'many');
    const hole = lookup(source.root, 'hole');
    if (found?.kind !== 'file' || hole?.kind !== 'file') return t.fail('no files');
    t.deepEqual(found.runs, runs);
    // Not deepEqual, which takes seconds over megabytes.
    t.true((await source.fetch([found])).get(found)?.equals(content));
    t.is(hole.size, 5 * 1024 ** 3 + 7);
    t.deepEqual(hole.runs, []);
    t.is(source.dataBytes, runs.length * 4096 + 2);
  });
}

const testAsRoot = isRoot ? test : test.skip;

testAsRoot('capabilities survive in archives and directories, byte by byte', async (t) => {
  const folder = await temporaryDirectory(t);
  const place = join(folder, 'root');
  await mkdir(place);
  // cap_net_raw and cap_net_admin permitted, with bytes over 0x7f in the upper words.
  const value = Buffer.from('01000002ff300000ff300000ff000000ff000000', 'hex');
  const ping = file('ping', { xattrs: [{ name: 'security.capability', value }], ...WHOLE_SECONDS });
  await materialise(directory({ ping }), place);
  const archive = join(folder, 'archive');
  await run(TAR, [
    '--format=pax',
    '--xattrs',
    '--xattrs-include=*',
    '-C',
    place,
    '-cf',
    archive,
    '.',
  ]);
  for (const source of [await openDirectory(place), await openTar(archive)]) {
    t.deepEqual(lookup(source.root, 'ping')?.xattrs, [{ name: 'security.capability', value }]);
    await source.close();
  }
  const getcap = await run(tool('getcap', 'libcap2-bin'), [join(place, 'ping')]);
  t.regex(getcap.toString(), /cap_net_raw/);
});

test('an archive that was updated with tar -r has the later file', async (t) => {
  const folder = await temporaryDirectory(t);
  const archive = join(folder, 'archive');
  await writeFile(join(folder, 'file'), 'first');
  await run(TAR, ['-C', folder, '-cf', archive, './file']);
  await writeFile(join(folder, 'file'), 'second and longer');
  await run(TAR, ['-C', folder, '-rf', archive, './file']);
  const source = await openTar(archive);
  t.teardown(() => source.close());
  const found = lookup(source.root, 'file');
  if (found?.kind !== 'file') return t.fail('no file');
  t.is((await source.fetch([found])).get(found)?.toString(), 'second and longer');
  t.is(source.dataBytes, 17);
});

test('an incremental dump (typeflag D) and a volume label (V) are read over', async (t) => {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, 'root/sub'), { recursive: true });
  await writeFile(join(folder, 'root/sub/file'), 'data');
  const archive = join(folder, 'archive');
  const flags = ['--format=gnu', '-V', 'label', `--listed-incremental=${folder}/state`];
  await run(TAR, [...flags, '-C', join(folder, 'root'), '-cf', archive, '.']);
  const source = await openTar(archive);
  t.teardown(() => source.close());
  t.deepEqual([...source.root.entries.keys()], ['sub']);
  t.is(lookup(source.root, 'sub/file')?.kind, 'file');
});
