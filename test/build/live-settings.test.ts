import { execFileSync } from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import { type LiveFacts, liveConf, originTable } from '../../src/build/live-settings.js';
import { parseRecipe } from '../../src/recipe/recipe.js';

const recipe = parseRecipe({ source: 'rootfs', output: 'live.iso', label: 'My disc 1.0' });
const facts: LiveFacts = {
  uuid: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
  rootFile: 'live/root.img',
  superblockFile: 'live/root.img',
  imageBlocks: 1000,
  templateBlocks: 3,
  totalBlocks: 65536,
  hotBlocks: 17,
  hasProfile: true,
  hotMetadataBlocks: 5,
  originSegments: [
    { kind: 'stored', start: 0, count: 1000, at: 0 },
    { kind: 'zero', start: 1000, count: 31768 },
    { kind: 'template', start: 32768, count: 2, at: 1 },
  ],
};

test('a shell reads from live.conf what was put in', (t) => {
  const names = ['UUID', 'LABEL', 'ROOT_FILE', 'ROOT_SECTOR', 'FS_SECTORS', 'TEMPLATE_SECTORS'];
  names.push('HOT_SECTORS', 'METADATA_SECTORS', 'CHECKSUMS_BLOCK', 'CHECKSUMS_BYTES');
  names.push('HOT_COPY_SECTORS', 'COMPRESSION', 'SUPERBLOCK_FILE', 'SUPERBLOCK_SECTOR', 'ORIGIN');
  names.push('OWN_PROFILE');
  const places = {
    rootLba: 5448,
    superblockLba: 5448,
    hotCopyBytes: 4097,
    checksums: { lba: 98_765, size: 4321 },
  };
  const script = `${liveConf(recipe, facts, places)}\nprintf '%s\\n' ${names.map((name) => `"$${name}"`).join(' ')}`;
  const values = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n');
  t.deepEqual(values, [
    '00112233445566778899aabbccddeeff',
    'My disc 1.0',
    'live/root.img',
    String(5448 * 4),
    String(65536 * 8),
    '24',
    '136',
    '40',
    '98765',
    '4321',
    '16',
    'none',
    'live/root.img',
    String(5448 * 4),
    'direct',
    'yes',
  ]);
  const common = liveConf(recipe, { ...facts, hasProfile: false }, places);
  t.regex(common, /^OWN_PROFILE=no$/m);
});

test('the length of live.conf does not depend on where things lie', (t) => {
  const { length } = liveConf(recipe, facts, { rootLba: 0, superblockLba: 0 });
  const block = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const lengthAt = (rootLba: number, lba: number, size: number) =>
    liveConf(recipe, facts, {
      rootLba,
      superblockLba: lba,
      hotCopyBytes: size,
      checksums: { lba, size },
    }).length;
  fc.assert(
    fc.property(block, block, block, (root, lba, size) => lengthAt(root, lba, size) === length),
  );
  t.is(lengthAt(2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1), length);
});

test('what is compressed has no sectors: the origin is a loop device', (t) => {
  const packed = parseRecipe({ source: 'rootfs', output: 'live.iso', compress: 'erofs' });
  const conf = liveConf(packed, facts, { rootLba: 1, superblockLba: 2 });
  t.regex(conf, /^COMPRESSION=erofs$/m);
  t.regex(conf, /^SUPERBLOCK_SECTOR=8 *$/m);
  t.regex(conf, /^ORIGIN=loop$/m);
});

test('a disc without checksums says so', (t) => {
  t.regex(liveConf(recipe, facts, { rootLba: 1, superblockLba: 1 }), /^CHECKSUMS_BYTES=0 *$/m);
});

test('the origin table counts 512-byte sectors', (t) => {
  t.is(
    originTable(facts.originSegments),
    '0 8000 stored 0\n8000 254144 zero 0\n262144 16 template 8\n',
  );
});
