import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { directory, packNewc, staticFile } from '../../src/cpio/newc.js';
import type { SnapdiscError } from '../../src/errors.js';
import type { PackedSuffix } from '../../src/initrd/compression.js';
import { compress } from '../../src/initrd/compressor.js';
import { packedArchive } from '../../src/initrd/packed-archive.js';
import { run } from '../../src/process.js';
import { hidePrograms, xzLayout } from './helpers/tools.js';
import { namesIn, temporaryFolder } from './helpers/unpack.js';

const XZ = { program: 'xz', purpose: 'judges', debianPackage: 'xz-utils' };
const BUSYBOX = { program: 'busybox', purpose: 'judges', debianPackage: 'busybox-static' };
const RECORDS = [directory('ata'), staticFile('ata/ahci.ko', Buffer.alloc(600_000, 'a driver '))];
const UNPACKERS = { '.xz': 'xzcat', '.gz': 'zcat', '': 'cat' } as const;

test.serial('xz is passed over where this machine has none', async (t) => {
  hidePrograms(t);
  t.is(
    (await packedArchive({ name: 'x', records: RECORDS }, ['.xz', '.gz', ''], compress)).name,
    'x.cpio.gz',
  );
  t.is(
    (await packedArchive({ name: 'x', records: RECORDS }, ['.xz', ''], compress)).name,
    'x.cpio',
  );
  t.is((await packedArchive({ name: 'x', records: RECORDS }, ['.xz'], compress)).name, 'x.cpio');
});

for (const suffix of ['.xz', '.gz', ''] satisfies PackedSuffix[]) {
  test(`busybox unpacks the archive NAME.cpio${suffix}`, async (t) => {
    const record = await packedArchive({ name: 'lib/ata', records: RECORDS }, [suffix], compress);
    t.is(record.name, `lib/ata.cpio${suffix}`);
    const file = join(await temporaryFolder(t), `ata.cpio${suffix}`);
    await writeFile(file, record.content);
    t.deepEqual(await namesIn(file), ['ata', 'ata/ahci.ko']);
    const said = await run(BUSYBOX, [UNPACKERS[suffix], file]).catch(
      (error: SnapdiscError) => error.code,
    );
    if (said === 'tool.missing') t.log('busybox is not installed here');
    else t.deepEqual(said, await packNewc(RECORDS, 0));
  });
}

test('the first suffix is taken', async (t) => {
  t.is(
    (await packedArchive({ name: 'x', records: RECORDS }, ['.gz', '.xz', ''], compress)).name,
    'x.cpio.gz',
  );
  t.is((await packedArchive({ name: 'x', records: RECORDS }, [''], compress)).name, 'x.cpio');
});

test('one block, CRC32, no filter that busybox lacks, a dictionary of 1 MiB', async (t) => {
  const { content } = await packedArchive({ name: 'x', records: RECORDS }, ['.xz'], compress);
  t.deepEqual(await xzLayout(t, content), {
    blocks: '1',
    check: 'CRC32',
    filters: '--lzma2=dict=1MiB',
  });
});

test('any files come back; equal files give equal bytes', async (t) => {
  const files = fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fc.uint8Array(), { maxKeys: 5 });
  await fc.assert(
    fc.asyncProperty(files, fc.constantFrom('.xz', '.gz', ''), async (contents, suffix) => {
      const records = Object.entries(contents).map(([name, bytes]) => staticFile(name, bytes));
      const [one, two] = [
        await packedArchive({ name: 'x', records }, [suffix], compress),
        await packedArchive({ name: 'x', records }, [suffix], compress),
      ];
      t.deepEqual(one.content, two.content);
      const judge = { ...XZ, program: suffix === '.gz' ? 'gzip' : 'xz' };
      const plain = suffix === '' ? one.content : await run(judge, ['-dc'], one.content);
      t.deepEqual(Buffer.from(plain), await packNewc(records, 0));
    }),
    { numRuns: 20 },
  );
});
