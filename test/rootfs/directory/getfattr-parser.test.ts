import test from 'ava';
import fc from 'fast-check';
import { type FileXattrs, parseGetfattr } from '../../../src/rootfs/directory/getfattr-parser.js';

async function parse(text: string, pieceBytes = text.length || 1): Promise<FileXattrs[]> {
  const bytes = Buffer.from(text, 'latin1');
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const found = [];
  for await (const file of parseGetfattr(pieces())) found.push(file);
  return found;
}

const SEEN = `# file: /srv/root
user.r=0x31

# file: /srv/root/lat\xe9
security.capability=0x0100000200200000000000000000000000000000
user.we\\075ird "n\xc3\xa9=0x616263
user.x\\012y\\134=0x616263

# file: /srv/root/a\\012b\\134c=d"e
user.bin=0x00ff0a0d
user.empty=0x

`;

test('what getfattr 2.5.1 wrote of awkward names is read as bytes', async (t) => {
  const found = await parse(SEEN);
  t.deepEqual(
    found.map(({ path, xattrs }) => [
      path,
      ...xattrs.map(({ name, value }) => `${name} ${Buffer.from(value).toString('hex')}`),
    ]),
    [
      ['/srv/root', 'user.r 31'],
      [
        '/srv/root/lat\xe9',
        'security.capability 0100000200200000000000000000000000000000',
        'user.we=ird "n\xc3\xa9 616263',
        'user.x\ny\\ 616263',
      ],
      ['/srv/root/a\nb\\c=d"e', 'user.bin 00ff0a0d', 'user.empty '],
    ],
  );
});

test('it does not matter where the output is cut into pieces', async (t) => {
  const whole = await parse(SEEN);
  for (const bytes of [1, 2, 7, 64]) t.deepEqual(await parse(SEEN, bytes), whole);
  t.deepEqual(await parse(''), []);
});

test('what getfattr would write of any name and value reads back', async (t) => {
  const text = fc
    .uint8Array({ minLength: 1, maxLength: 20 })
    .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('\0', '\\'));
  const escaped = (name: string, special: RegExp) =>
    name.replace(special, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
  const property = fc.asyncProperty(text, text, fc.uint8Array(), async (path, name, value) => {
    const hex = Buffer.from(value).toString('hex');
    const output = `# file: ${escaped(path, /[\n\r\\]/g)}\n${escaped(name, /[\n\r\\=]/g)}=0x${hex}\n\n`;
    const [found, ...more] = await parse(output, 5);
    t.is(more.length, 0);
    t.is(found?.path, path);
    t.is(found?.xattrs[0]?.name, name);
    t.deepEqual(Buffer.from(found?.xattrs[0]?.value ?? []), Buffer.from(value));
  });
  await fc.assert(property);
});

test('anything else is refused', async (t) => {
  const wrong = [
    'user.a=0x31\n',
    '# file: a\nuser.a=text\n',
    '# file: a\n=0x31\n',
    '# file: a\nuser.a=0x3\n',
    '# file: a\nnoise\n',
  ];
  for (const text of wrong) {
    await t.throwsAsync(parse(text), { code: 'tool.failed' }, text);
  }
});
