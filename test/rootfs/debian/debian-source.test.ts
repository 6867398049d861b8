import test from 'ava';
import fc from 'fast-check';
import { fieldProblem, parseRecipe } from '../../../src/recipe/recipe.js';
import { debianName, debianOf } from '../../../src/rootfs/debian/debian-source.js';
import {
  bootstrapFailure,
  bootstrapStep,
  mmdebstrapArguments,
} from '../../../src/rootfs/debian/mmdebstrap.js';

const recipe = (fields: object) =>
  parseRecipe({ source: 'debian:bookworm', output: 'o', ...fields });
const debian = (fields: object = {}, processor = 'x64') => {
  const found = debianOf(recipe(fields), processor);
  if (found === undefined) throw new Error('no Debian');
  return found;
};

test('a source that names a release is a Debian, another is what lies there', (t) => {
  t.like(debian(), { suite: 'bookworm', architecture: 'amd64', mirror: undefined });
  t.is(debianName(debian({ targetArch: 'i386' })), 'Debian bookworm (i386)');
  for (const source of ['./debian:bookworm', '/srv/debian:x', 'debian', 'debian.tar', '-']) {
    t.is(debianOf(recipe({ source })), undefined, source);
  }
  for (const source of [
    'debian:',
    'debian:Bookworm',
    'debian:--mode=root',
    'debian:a/b',
    'debian:a b',
  ]) {
    t.regex(fieldProblem('source', source) ?? '', /names no release of Debian/, source);
  }
});

test('it is for the target, and without one for the processor of this machine', (t) => {
  for (const [targetArch, processor, expected] of [
    ['i386', 'x64', 'i386'],
    ['x86_64', 'ia32', 'amd64'],
    [undefined, 'ia32', 'i386'],
    [undefined, 'x64', 'amd64'],
  ] as const) {
    const { architecture, packages } = debian({ targetArch }, processor);
    t.is(architecture, expected);
    t.is(packages.includes('linux-image-686'), expected === 'i386');
    t.is(packages.includes('linux-image-amd64'), expected === 'amd64');
  }
});

test('packages are named one by one or with commas, each once; nothing else is one', (t) => {
  const { packages } = debian({ bootstrapInclude: ['nano,g++', 'udev', 'nano'] });
  t.deepEqual(packages.slice(-2), ['nano', 'g++']);
  t.is(new Set(packages).size, packages.length);
  for (const item of [
    '',
    'a',
    'nano, vim',
    '?essential',
    'Nano',
    'nano,',
    ',nano',
    '-x',
    'a/b',
    'a=1',
  ]) {
    t.not(fieldProblem('bootstrapInclude', [item]), undefined, item);
  }
  for (const url of ['http://mirror/debian', 'https://x.org/', 'file:///srv/debian']) {
    t.is(fieldProblem('bootstrapMirror', url), undefined, url);
  }
  for (const url of ['deb http://x y main', '-', '/srv', 'http://x y', 'copy://x']) {
    t.not(fieldProblem('bootstrapMirror', url), undefined, url);
  }
});

test('no source, package or mirror that is taken becomes an option of mmdebstrap', (t) => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9:,+./-]{1,20}$/));
  fc.assert(
    fc.property(text, text, text, (suite, packages, mirror) => {
      const fields = {
        source: `debian:${suite}`,
        bootstrapInclude: [packages],
        bootstrapMirror: mirror,
      };
      const taken = Object.entries(fields).filter(
        ([field, value]) => fieldProblem(field as keyof typeof fields, value) === undefined,
      );
      const args = mmdebstrapArguments(debian(Object.fromEntries(taken)), []);
      const options = args.filter((arg) => arg.startsWith('-') && arg !== '-');
      t.deepEqual(
        options.map((option) => option.replace(/=.*/s, '')),
        [
          '--variant',
          '--format',
          '--architectures',
          '--include',
          '--customize-hook',
          '--customize-hook',
        ],
      );
      t.true(args.length - options.length <= 3);
    }),
  );
});

test('what mmdebstrap is told', (t) => {
  const args = mmdebstrapArguments(
    debian({ targetArch: 'i386', bootstrapInclude: ['nano'], bootstrapMirror: 'http://m/debian' }),
    ['Acquire::http::Proxy "http://p:3128"'],
  );
  t.true(args.includes('--architectures=i386'));
  t.true(args.includes('--aptopt=Acquire::http::Proxy "http://p:3128"'));
  t.regex(args.join('\n'), /^--include=linux-image-686,busybox,dmsetup,.*,nano$/m);
  t.deepEqual(args.slice(-3), ['bookworm', '-', 'http://m/debian']);
});

test('its steps are told, its chatter is not', (t) => {
  t.is(bootstrapStep('I: running apt-get update...'), 'fetching the lists of packages');
  t.is(bootstrapStep('I: installing essential packages...'), 'installing packages');
  t.is(
    bootstrapStep('I: installing remaining packages inside the chroot...'),
    'installing packages',
  );
  for (const line of ['', 'I: automatically chosen mode: root', 'Setting up udev ...', 'W: x']) {
    t.is(bootstrapStep(line), undefined, line);
  }
});

test('a failure tells what was said and what helps', (t) => {
  for (const [line, message, hint] of [
    ['E: Unable to locate package linux-image-686', /Unable to locate/, /no 32-bit kernel since/],
    ['E: Unable to locate package nanoo', /package nanoo/, /--bootstrap-include/],
    ['E: unable to pick chroot mode automatically', /chroot mode/, /uidmap.*as root/],
    [
      'E: i386 can neither be executed natively nor via qemu user emulation with binfmt_misc',
      /i386/,
      /--target-arch/,
    ],
    [
      "E: The repository 'http://deb.debian.org/debian booksworm Release' does not have a Release file.",
      /Release/,
      /called bookworm\?/,
    ],
    ['W: GPG error: NO_PUBKEY 6ED0E7B82643E131', /NO_PUBKEY/, /debian-archive-keyring/],
    [
      "E: Failed to fetch http://x  Temporary failure resolving 'deb.debian.org'",
      /resolving/,
      /Check the network/,
    ],
    [
      'E: Failed to fetch http://x  File has unexpected size (1 != 2). Mirror sync in progress?',
      /unexpected size/,
      /being updated/,
    ],
    ['E: write: No space left on device', /No space/, /TMPDIR/],
    ['E: something odd', /something odd/, /-v/],
  ] as const) {
    const vague = ['E: setup failed: E: apt-get install x failed', 'E: mmdebstrap failed to run'];
    const error = bootstrapFailure(debian(), ['I: running apt-get update...', line, ...vague]);
    t.is(error.code, 'source.bootstrap');
    t.is(error.exitCode, 3);
    t.regex(error.message, /^Debian bookworm \(amd64\) could not be bootstrapped:\n {2}/);
    t.regex(error.message, message);
    t.notRegex(error.message, /failed to run/);
    t.regex(error.hint ?? '', hint, line);
  }
});
