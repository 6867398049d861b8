import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PROJECT, runScript, temporaryFolder, writeScript } from './stubs.js';

const SCRIPT = path.join(PROJECT, 'scripts/debian-rootfs.sh');

/** Notes its arguments and the sources it was given, and writes the archive it was asked for. */
const MMDEBSTRAP = `
for argument; do printf '%s\\n' "$argument" >>"$LOG"; done
case "$*" in *' -') sed 's/^/source /' >>"$LOG"; shift $(($# - 2)) ;; *) shift $(($# - 1)) ;; esac
echo archive >"$1"`;

const SOURCES = `
echo 'Elsewhere bookworm main http://elsewhere.example/'
echo 'Debian bookworm main http://mirror.example/debian/'
echo 'Debian bookworm contrib http://other.example/debian/'
echo 'Debian bookworm-security main http://security.example/debian-security/'`;

async function machine(t: ExecutionContext, stubs: Record<string, string> = {}) {
  const folder = await temporaryFolder(t);
  const programs = path.join(folder, 'programs');
  const log = path.join(folder, 'log');
  const cache = path.join(folder, 'cache');
  await writeFile(log, '');
  const all = { mmdebstrap: MMDEBSTRAP, 'apt-get': SOURCES, 'apt-config': '', ...stubs };
  for (const [name, body] of Object.entries(all))
    await writeScript(path.join(programs, name), body);
  return {
    folder,
    cache,
    bootstrap: (...args: string[]) =>
      runScript(SCRIPT, args, programs, { LOG: log, SNAPDISC_CACHE: cache }),
    noted: async () => (await readFile(log, 'utf8')).split('\n'),
  };
}

test("the machine's own Debian mirrors are used", async (t) => {
  const amd64 = await machine(t);
  const { status, stdout } = await amd64.bootstrap('amd64');
  t.is(status, 0);
  t.is(await readFile(stdout, 'utf8'), 'archive\n');
  const noted = await amd64.noted();
  t.deepEqual(
    noted.filter((line) => line.startsWith('source ')),
    [
      'source deb http://mirror.example/debian/ bookworm main',
      'source deb http://security.example/debian-security/ bookworm-security main',
    ],
  );
  t.true(noted.includes('--architectures=amd64'));
  t.true(noted.some((line) => /^--include=linux-image-amd64,.*,systemd-sysv,/.test(line)));
  t.true(noted.includes('--dpkgopt=path-exclude=/usr/share/man/*'), 'patterns reach dpkg whole');
});

test('another init than systemd', async (t) => {
  const other = await machine(t);
  const archives = [
    await other.bootstrap('i386', '--init', 'sysvinit-core', '--with', 'ifupdown'),
    await other.bootstrap('i386', '--with', 'ifupdown'),
  ];
  t.deepEqual(
    archives.map(({ status }) => status),
    [0, 0],
  );
  t.not(archives[0]?.stdout, archives[1]?.stdout);
  const noted = (await other.noted()).filter((line) => line.startsWith('--include='));
  t.regex(String(noted[0]), /,sysvinit-core,.*,ifupdown,/);
  t.notRegex(String(noted[0]), /systemd|INIT/);
  t.regex(String(noted[1]), /,systemd-sysv,/);
});

test('i386 comes from the main archive alone', async (t) => {
  const i386 = await machine(t);
  t.is((await i386.bootstrap('i386')).status, 0);
  const noted = await i386.noted();
  t.is(noted.filter((line) => line.startsWith('source ')).length, 1);
  t.true(noted.some((line) => line.startsWith('--include=linux-image-686,')));
});

test('without mirrors of its own, mmdebstrap chooses', async (t) => {
  const bare = await machine(t, { 'apt-get': 'exit 1' });
  t.is((await bare.bootstrap('amd64')).status, 0);
  const noted = await bare.noted();
  t.false(noted.some((line) => line.startsWith('source ') || line === '-'));
});

test('a proxy is passed on', async (t) => {
  const proxy = 'case "$*" in *Proxy) echo http://proxy.example/ ;; esac';
  const behind = await machine(t, { 'apt-config': proxy });
  t.is((await behind.bootstrap('amd64')).status, 0);
  const option = '--aptopt=Acquire::http::Proxy "http://proxy.example/"';
  t.true((await behind.noted()).includes(option));
});

test('it is made once, also when two ask at the same time', async (t) => {
  const slow = await machine(t, { mmdebstrap: `sleep 0.5; ${MMDEBSTRAP}` });
  const results = await Promise.all([slow.bootstrap('i386'), slow.bootstrap('i386')]);
  t.is(results[0]?.stdout, results[1]?.stdout);
  const again = await slow.bootstrap('i386');
  t.is(again.stdout, results[0]?.stdout);
  t.is((await slow.noted()).filter((line) => line.startsWith('--architectures')).length, 1);
});

test('a failure leaves no archive, and says what mmdebstrap said', async (t) => {
  const broken = await machine(t, { mmdebstrap: 'echo the mirror burns; exit 3' });
  const { status, stdout, stderr } = await broken.bootstrap('i386');
  t.is(status, 1);
  t.is(stdout, '');
  t.regex(stderr, /the mirror burns.*could not bootstrap Debian 12 for i386/s);
  t.false((await readdir(broken.cache)).some((name) => name.endsWith('.tar')));
});

test('a copy can be had; other architectures cannot', async (t) => {
  const there = await machine(t);
  const copy = path.join(there.folder, 'copy.tar');
  t.is((await there.bootstrap('i386', copy)).stdout, copy);
  t.is(await readFile(copy, 'utf8'), 'archive\n');
  t.is((await there.bootstrap('m68k')).status, 1);
});
