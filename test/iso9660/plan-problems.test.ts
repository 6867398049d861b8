import test from 'ava';
import { SnapdiscError } from '../../src/errors.js';
import {
  type IsoDirectory,
  type IsoFile,
  type IsoNode,
  type IsoOptions,
  planIso,
  volumeIdProblem,
} from '../../src/iso9660/index.js';
import { ATTRIBUTES, CREATED, directory, file, symlink } from './helpers/images.js';

const OPTIONS: IsoOptions = { volumeId: 'PLAN', created: CREATED };

/** The error that planning throws, as code and message. */
function refusal(root: IsoDirectory, options: IsoOptions = OPTIONS): string {
  try {
    planIso(root, options);
  } catch (error) {
    if (error instanceof SnapdiscError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

test('volume ids: which are allowed', (t) => {
  for (const id of ['A', 'SNAPDISC_1', 'Debian 12 live', 'a.b-c', 'x'.repeat(32)]) {
    t.is(volumeIdProblem(id), undefined, id);
  }
  for (const id of ['', ' a', 'a ', 'x'.repeat(33), 'a/b', 'ä', 'a\n', 'a"b']) {
    t.is(typeof volumeIdProblem(id), 'string', id);
  }
});

test('a bad volume id alone has a code of its own', (t) => {
  t.regex(
    refusal(directory(), { ...OPTIONS, volumeId: 'no/slash' }),
    /^usage\.label .*'no\/slash'/,
  );
});

test('all problems are reported together', (t) => {
  const message = refusal(
    directory({
      '..': file('x'),
      ['n'.repeat(256)]: file('x'),
      empty: symlink(''),
      long: symlink('x'.repeat(4096)),
      device: { ...ATTRIBUTES, kind: 'block', major: 0, minor: 256 },
      mode: file('x', { mode: 0o100644 }),
      owner: file('x', { uid: -1 }),
      size: file('x', { size: 2 }),
      huge: { ...ATTRIBUTES, kind: 'file', size: 2 ** 60 },
      aligned: file('x', { alignment: 0 }),
      sub: directory({ 'a\0': file('x'), '\u0100': file('x') }),
    }),
    { ...OPTIONS, volumeId: '', publisherId: '_x', systemId: 'x'.repeat(33) },
  );
  const expected = [
    /^usage\.iso /,
    /The volume id ''/,
    /The publisher id '_x'/,
    /The system id 'x{33}'/,
    /\/\.\.: a name must not be/,
    /\/n{256}: a name must have 1 to 255 bytes, not 256/,
    /\/empty: a symlink's target/,
    /\/long: a symlink's target/,
    /\/device: the device number 0:256/,
    /\/mode: the mode 33188/,
    /\/owner: the owner -1:100/,
    /\/size: the content has 1 bytes, but the size is 2/,
    /\/huge: the size 1152921504606847000 must be 0 to 429496524800 bytes/,
    /\/aligned: the alignment 0/,
    /\/sub\/a\\x00: a name must not/,
    /a name must be a ByteString/,
  ];
  for (const pattern of expected) t.regex(message, pattern);
});

test('many problems are counted, not all shown', (t) => {
  const names = Array.from({ length: 100 }, (_, index) => [`f${index}`, file('x', { mode: -1 })]);
  t.regex(refusal(directory(Object.fromEntries(names))), /and 80 more\.$/);
});

test('directories that contain each other, or stand in two places, are refused', (t) => {
  const entries = new Map<string, IsoNode>();
  const loop: IsoDirectory = { ...ATTRIBUTES, kind: 'directory', entries };
  entries.set('self', loop);
  t.regex(refusal(loop), /\/self: this directory is in the tree more than once/);
  const twice = directory();
  t.regex(refusal(directory({ a: twice, b: twice })), /\/b: this directory is in the tree more/);
});

test('what boot options are refused', (t) => {
  const loader = file(Buffer.alloc(2048));
  const root = directory({ loader });
  const withBoot = (boot: IsoOptions['boot'] & object, extra: Partial<IsoOptions> = {}) =>
    refusal(root, { ...OPTIONS, boot, ...extra });
  const images = [{ file: loader, infoTable: true }];
  const hybrid = { mbrTemplate: Buffer.alloc(432), diskId: 1 };
  t.is(withBoot({ images, catalogPath: 'boot.cat' }, { hybrid }), 'none');
  t.regex(withBoot({ images: [] }), /1 to 31 boot images, not 0/);
  t.regex(
    withBoot({ images: [{ file: file('tiny'), infoTable: true }] }),
    /too small for a boot info/,
  );
  t.regex(withBoot({ images: [{ file: file('') }] }), /boot image is empty/);
  t.regex(withBoot({ images: [{ file: loader, loadSectors: 0 }] }), /must be 1 to 65,535 sectors/);
  const outside: IsoFile = { ...ATTRIBUTES, kind: 'file', size: 2048 };
  t.regex(withBoot({ images: [{ file: outside, infoTable: true }] }), /without content in memory/);
  t.regex(
    withBoot({ images, catalogPath: 'none/boot.cat' }),
    /'none\/boot\.cat' is in no directory/,
  );
  t.regex(withBoot({ images, catalogPath: 'loader' }), /'loader' is already a file/);
  t.regex(refusal(root, { ...OPTIONS, hybrid }), /needs a first boot image for the BIOS/);
  const long = { hybrid: { mbrTemplate: Buffer.alloc(433), diskId: 2 ** 32 } };
  t.regex(withBoot({ images }, long), /1 to 432 bytes.*not 433/);
  t.regex(withBoot({ images }, long), /disk id must be 0 to 4,294,967,295/);
});

test('a file twice in the order, a date no descriptor holds', (t) => {
  const a = file('a');
  t.regex(refusal(directory({ a }), { ...OPTIONS, order: [a, a] }), /names 1 files more than once/);
  t.regex(
    refusal(directory(), { ...OPTIONS, created: { seconds: 1e15 } }),
    /creation date must lie/,
  );
});

test('a file that is not part of the image has no extent', (t) => {
  const empty = file('');
  const plan = planIso(directory({ empty }), OPTIONS);
  for (const stranger of [file('x'), file('')]) {
    t.throws(() => plan.extent(stranger), {
      instanceOf: SnapdiscError,
      message: /neither in the tree/,
    });
  }
  t.is(plan.extent(empty).size, 0);
});

test('more directories than a path table holds', (t) => {
  const wide = Array.from({ length: 256 }, (_, outer) => [
    `d${outer}`,
    directory(
      Object.fromEntries(Array.from({ length: 256 }, (_, inner) => [`d${inner}`, directory()])),
    ),
  ]);
  t.regex(refusal(directory(Object.fromEntries(wide))), /holds 65535 directories, not 65793/);
});
