import test from 'ava';
import { defaultProfile } from '../../src/profile/default-profile.js';
import { hotRanges } from '../../src/profile/hot-ranges.js';
import { discFilesInOrder } from '../../src/profile/profile.js';
import { openSource } from '../../src/rootfs/open-source.js';
import { debianTar } from '../fixtures/debian.js';

for (const arch of ['i386', 'amd64'] as const) {
  test(`the default profile fits the Debian it is for, ${arch}`, async (t) => {
    const source = await openSource(await debianTar(arch));
    t.teardown(() => source.close());
    const profile = await defaultProfile(arch);
    const { ranges, paths, missing } = hotRanges(profile, source.root);
    // What the build itself makes, lost+found for one, is not in the archive, nor are other systems' programs.
    t.true(paths - missing > 400, `${missing} of ${paths}`);
    // Its own come first.
    const first = { entries: profile.entries.slice(0, 500) };
    const own = hotRanges(first, source.root);
    t.true(own.missing <= own.paths / 50, `${own.missing} of ${own.paths}`);
    // A quarter of the disc would be no choice.
    const blocks = ranges.reduce((sum, { count, isIndirect }) => sum + (isIndirect ? 1 : count), 0);
    t.true(blocks * 4096 < source.dataBytes / 4, `${blocks}`);
    t.deepEqual(discFilesInOrder(profile), []);
  });
}

test('what fits of one processor fits another', async (t) => {
  const source = await openSource(await debianTar('amd64'));
  t.teardown(() => source.close());
  const { entries } = await defaultProfile('i386');
  const { paths, missing } = hotRanges({ entries: entries.slice(0, 500) }, source.root);
  t.true(missing <= paths / 10, `${missing} of ${paths}`);
});
