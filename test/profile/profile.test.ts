import test from 'ava';
import fc from 'fast-check';
import { byteStringFromText } from '../../src/bytes.js';
import { SnapdiscError } from '../../src/errors.js';
import {
  hasBlocks,
  mergeProfiles,
  PROFILE_KINDS,
  type Profile,
  type ProfileEntry,
  profileOf,
  withoutGlobs,
  withoutPaths,
} from '../../src/profile/profile.js';
import { formatProfile, parseProfile } from '../../src/profile/profile-file.js';

const name = fc
  .oneof(
    fc.constantFrom('a', 'b', 'usr', 'lib', 'x y '),
    fc.string({
      unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)),
      minLength: 1,
      maxLength: 12,
    }),
    fc.constant('\xe2\x80\xa8'), // U+2028, a line separator to some
  )
  .filter((text) => text !== '.' && text !== '..' && !text.includes('/'));

const entry: fc.Arbitrary<ProfileEntry> = fc
  .record({
    milliseconds: fc.oneof(fc.nat(50), fc.integer({ min: 0, max: 9_999_999_999_999 })),
    kind: fc.constantFrom(...PROFILE_KINDS),
    path: fc.array(name, { maxLength: 4 }).map((names) => names.join('/')),
    first: fc.oneof(fc.nat(20), fc.nat(2 ** 31)),
    count: fc.integer({ min: 1, max: 30 }),
  })
  .map((any) => {
    if (!hasBlocks(any.kind)) return { ...any, first: 0, count: 1 };
    return any.kind.startsWith('indirect') ? { ...any, count: 1 } : any;
  });

const accesses = fc.array(entry, { maxLength: 40 });
const profile = accesses.map(profileOf);

/** First access of each block, the plain way. */
function firstAccesses(entries: readonly ProfileEntry[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const { milliseconds, kind, path, first: start, count } of entries) {
    for (let block = start; block < start + count; block++) {
      const key = `${kind} ${block} ${path}`;
      first.set(key, Math.min(first.get(key) ?? Number.POSITIVE_INFINITY, milliseconds));
    }
  }
  return first;
}

const sorted = (map: Map<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

test('of each block the first access counts, and no block comes twice', (t) => {
  fc.assert(
    fc.property(accesses, (list) => {
      const { entries } = profileOf(list);
      t.deepEqual(sorted(firstAccesses(entries)), sorted(firstAccesses(list)));
      const blocks = entries.reduce((sum, { count }) => sum + count, 0);
      t.is(blocks, firstAccesses(list).size);
      const times = entries.map(({ milliseconds }) => milliseconds);
      t.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
    }),
  );
});

test('a profile is read back as it was written', (t) => {
  fc.assert(fc.property(profile, (made) => t.deepEqual(parseProfile(formatProfile(made)), made)));
});

test('merging keeps the earliest time, whatever the order', (t) => {
  fc.assert(
    fc.property(profile, profile, (a, b) => {
      const merged = mergeProfiles([a, b]);
      const both = firstAccesses([...a.entries, ...b.entries]);
      t.deepEqual(sorted(firstAccesses(merged.entries)), sorted(both));
      const reverse = mergeProfiles([b, a]);
      t.deepEqual(sorted(firstAccesses(reverse.entries)), sorted(both));
      t.deepEqual(mergeProfiles([merged, merged]), merged);
      t.deepEqual(mergeProfiles([a]), a);
    }),
  );
});

const at = (milliseconds: number, kind: ProfileEntry['kind'], path: string, first = 0, count = 1) =>
  ({ milliseconds, kind, path, first, count }) as const;

const SMALL: Profile = profileOf([
  at(100, 'disc', 'live/vmlinuz', 0, 100),
  at(900, 'directory', 'usr/bin'),
  at(1000, 'inode', 'usr/bin/dash'),
  at(1010, 'data', 'usr/bin/dash', 0, 16),
  at(1010, 'data', 'usr/bin/dash', 20, 4),
  at(1500, 'indirect1', 'usr/lib/libc.so.6', 12),
  at(1500, 'data', 'usr/lib/libc.so.6', 12, 4),
]);

test('the text is made to be read', (t) => {
  t.is(
    formatProfile(SMALL),
    `snapdisc-profile 1
# seconds what blocks path
0.100 disc 0-99 /live/vmlinuz
0.900 directory 0 /usr/bin
1.000 inode - /usr/bin/dash
1.010 data 0-15 /usr/bin/dash
1.010 data 20-23 /usr/bin/dash
1.500 indirect1 12 /usr/lib/libc.so.6
1.500 data 12-15 /usr/lib/libc.so.6
`,
  );
});

test('a person may write one: any order, overlaps, comments, other line ends, fewer digits', (t) => {
  const text = [
    'snapdisc-profile 1',
    '# mine',
    '',
    '2 data 4-9 /bin/sh',
    '1.5 data 0-5 /bin/sh',
    '3 data 0-20 /bin/sh',
    '3 directory 0 /',
    '',
  ].join('\r\n');
  t.deepEqual(parseProfile(text).entries, [
    at(1500, 'data', 'bin/sh', 0, 6),
    at(2000, 'data', 'bin/sh', 6, 4),
    at(3000, 'data', 'bin/sh', 10, 11),
    at(3000, 'directory', ''),
  ]);
});

test('what is wrong is named with its line', (t) => {
  const refused = (text: string, ...messages: readonly RegExp[]) => {
    const error = t.throws(() => parseProfile(text), { code: 'usage.profile' });
    for (const message of messages) t.regex(error?.message ?? '', message);
  };
  const line = (text: string, message: RegExp) =>
    refused(`snapdisc-profile 1\n# one\n${text}\n`, message);
  refused('', /line 1 is not/);
  refused('snapdisc-profile 2\n', /line 1 is not/);
  line('1.0 data 0 bin/sh', /line 3: not "SECONDS WHAT BLOCKS \/PATH"/);
  line('-1 data 0 /bin/sh', /line 3: not/);
  line('1.0 file 0 /bin/sh', /line 3: "file" is none of disc, inode, /);
  line('1.0 data - /bin/sh', /line 3: data has blocks/);
  line('1.0 inode 0 /bin/sh', /line 3: inode has no blocks/);
  line('1.0 data 5-4 /bin/sh', /line 3: the blocks 5-4 end before/);
  line('1.0 data 0-4294967296 /bin/sh', /line 3: there is no block/);
  line('1.0 indirect1 12-13 /bin/sh', /line 3: an indirect block comes alone/);
  line('1.0 data 0 /bin/\\sh', /line 3: a backslash/);
  line('1.0 data 0 /bin/\\x00', /line 3: the path has a NUL/);
  line('1.0 data 0 /../etc', /line 3: the path has an empty name/);
  line('1.0 data 0 /etc//x', /line 3: the path has an empty name/);
  line(`1.0 data 0 /${'a'.repeat(4097)}`, /line 3: the path has more than 4096/);
  refused('snapdisc-profile 1\nx\n1 data 0 /ok\ny', /line 2: .*line 4: /);
  // Ten lines are enough to see what is wrong.
  refused(`snapdisc-profile 1\n${'x\n'.repeat(50)}`, /line 11: [^;]*$/);
});

test('hostile text gives a profile or usage.profile', (t) => {
  const piece = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('1.0', ' data ', ' inode ', '0-9', '4294967295', ' /', '\\x', '\n', '-', '..'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        const made = parseProfile(`snapdisc-profile 1\n${pieces.join('')}`);
        t.deepEqual(parseProfile(formatProfile(made)), made);
      } catch (error) {
        t.true(error instanceof SnapdiscError && error.code === 'usage.profile', String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('too much of it is refused before it takes long', (t) => {
  const lines = '\n'.repeat(1_000_001);
  t.throws(() => parseProfile(`snapdisc-profile 1${lines}`), { message: /1000000 lines/ });
  t.throws(() => parseProfile('x'.repeat(64 * 1024 * 1024 + 1)), { message: /64 MiB/ });
});

test('as many lines as there may be are read, and of one file from behind', (t) => {
  const count = 999_000;
  const lines = Array.from({ length: count }, (_, index) => `1 data ${2 * (count - index)} /a`);
  const { entries } = parseProfile(['snapdisc-profile 1', ...lines].join('\n'));
  t.is(entries.length, count);
  t.is(entries[0]?.first, 2 * count);
});

test('what would not be read back is not written', (t) => {
  const refused = (entry: ProfileEntry, count: number, message: RegExp) =>
    t.throws(() => formatProfile({ entries: new Array(count).fill(entry) }), {
      code: 'usage.profile',
      message,
    });
  refused(at(1, 'inode', ''), 999_998, /1000001 lines.*1000000/);
  refused(at(1, 'inode', 'a'.repeat(4096)), 16_384, /over 64 MiB/);
});

test('globs leave out what they match and what is below it', (t) => {
  const paths = (globs: readonly string[]) => [
    ...new Set(withoutGlobs(SMALL, globs).profile.entries.map(({ path }) => path)),
  ];
  t.deepEqual(paths([]), ['live/vmlinuz', 'usr/bin', 'usr/bin/dash', 'usr/lib/libc.so.6']);
  t.deepEqual(paths(['bin']), ['live/vmlinuz', 'usr/lib/libc.so.6']);
  t.deepEqual(paths(['/usr/']), ['live/vmlinuz']);
  t.deepEqual(paths(['*.so.*']), ['live/vmlinuz', 'usr/bin', 'usr/bin/dash']);
  t.deepEqual(paths(['dash/']), ['live/vmlinuz', 'usr/bin', 'usr/bin/dash', 'usr/lib/libc.so.6']);
  t.deepEqual(withoutGlobs(SMALL, ['/nowhere', 'bin']).unmatched, ['/nowhere']);
  t.throws(() => withoutGlobs(SMALL, ['../x']), { code: 'usage.exclude' });
});

test('a path goes with everything below it', (t) => {
  const left = (...paths: string[]) => withoutPaths(SMALL, paths).profile.entries.length;
  t.is(left('/usr/bin'), 3);
  t.is(left('usr/bin/'), 3);
  t.is(left('usr/b'), 7);
  t.is(left('/usr/bin/dash'), 4);
  t.is(left('/'), 0);
  t.is(left('/usr/bin', '/live'), 2);
});

test('paths are taken as they are shown, and what is not there is told', (t) => {
  const names = ['caf\xe9', 'a\nb', 'a\\b', 'live/vmlinuz', byteStringFromText('\u00e9')];
  const odd = profileOf([
    ...names.map((path, index) => at(index, 'data', path)),
    at(9, 'disc', 'live/vmlinuz'),
  ]);
  const left = (...paths: string[]) =>
    withoutPaths(odd, paths).profile.entries.map(({ kind, path }) => `${kind} ${path}`);
  const all = [...names.map((path) => `data ${path}`), 'disc live/vmlinuz'];
  const without = (...gone: string[]) => all.filter((line) => !gone.includes(line));
  t.deepEqual(left('/caf\\xe9'), without('data caf\xe9'));
  t.deepEqual(left('/a\\x0ab', '/\u00e9'), without('data a\nb', `data ${names[4]}`));
  t.deepEqual(left('/a\\x5cb'), without('data a\\b'));
  // Typed by hand.
  t.deepEqual(left('/a\\b'), without('data a\\b'));
  t.deepEqual(left('disc:/live'), without('disc live/vmlinuz'));
  t.deepEqual(left('/live'), without('disc live/vmlinuz', 'data live/vmlinuz'));
  const { unmatched } = withoutPaths(odd, ['/live', '/live/vmlinuz', '/liv', 'disc:/caf\\xe9']);
  t.deepEqual(unmatched, ['/liv', 'disc:/caf\\xe9']);
});
