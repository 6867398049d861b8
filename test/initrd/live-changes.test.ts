import test from 'ava';
import { enterNewRoot, type NewRoot } from './helpers/new-root.js';

/** In place of what tools of the live system know: the disc is a folder, nothing is mapped. */
const RESIDENT = `
COW=zram BASE=$(cat /run/base) BOOT_TIME=$(cat /run/started)
resident() {
  program=$1; shift
  case $program in sbin/dmsetup) return ;; esac
  [ "$1" = blockdev ] && echo 8 && return
  /bin/busybox "$@"
}
mount() { rmdir "$6" && ln -s /run/disc "$6"; }
umount() { rm "$1"; }
`;

/** Files of the disc; `/there` so that the shell's own root can be told from it. */
const PREPARE = `
mkdir -p /run/initramfs/bin /there/folder/deep /there/moved /there/gone
ln -s /bin/busybox /run/initramfs/bin/busybox
for name in kept changed removed 'with space' folder/deep/file moved/inside gone/inside; do
  echo "$name" >"/there/$name"; done
chmod 644 /there/*; ln -s kept /there/link
mkdir -p /run/disc; cp -a /there /run/disc/
sleep 3.1
`;

const CHANGE = `
cd /there
echo more >>changed; rm removed; echo new >added; chmod 600 'with space'
mv moved elsewhere; rm -r gone; ln -sf changed link; echo '"' >'quo"te'
mkdir -p fresh/sub; echo x >fresh/sub/file; touch folder/deep/file
`;

async function changedRoot(root: NewRoot): Promise<void> {
  await root.write('run/live/bin/resident.sh', RESIDENT);
  await root.write('run/base', '');
  await root.write('proc/mounts', 'none / ext2\nnone /run tmpfs\n');
  await root.lines(PREPARE);
  const now = (await root.lines('date +%s')).join();
  await root.write('run/started', `${now}\n`);
  await root.write('proc/stat', `cpu 1 2\nbtime ${now}\n`);
  await root.lines(CHANGE);
}

test('lists what was added, changed and removed, and nothing else', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await changedRoot(root);
  const said = await root.lines('sh /lib/live/system/live-changes; echo "status $?"');
  t.is(said.at(-1), 'status 0');
  t.deepEqual(said.filter((line) => line.includes('/there')).sort(), [
    'added    /there/added',
    'added    /there/elsewhere',
    'added    /there/elsewhere/inside',
    'added    /there/fresh',
    'added    /there/fresh/sub',
    'added    /there/fresh/sub/file',
    'added    /there/quo"te',
    'changed  /there/changed',
    'changed  /there/folder/deep/file',
    'changed  /there/link',
    'changed  /there/with space',
    'removed  /there/gone',
    'removed  /there/moved',
    'removed  /there/removed',
  ]);
  const left = await root.lines('ls /run/live');
  t.false(
    left.some((name) => name.startsWith('live-changes')),
    `${left}`,
  );
});

test('--json is one array, and a clock that was set back hides nothing', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await changedRoot(root);
  // The clock said 2100 at the start, and is right now.
  await root.write('run/started', '4102444800\n');
  const said = await root.lines('sh /lib/live/system/live-changes --json');
  const changes = JSON.parse(said.join('\n')) as { change: string; path: string }[];
  const of = (kind: string) =>
    changes.filter(({ change, path }) => change === kind && path.startsWith('/there'));
  t.deepEqual([of('added').length, of('changed').length, of('removed').length], [7, 4, 3]);
  t.true(changes.some(({ path }) => path === '/there/quo"te'));
});

test('files that go while they are looked at are neither told nor an error', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await changedRoot(root);
  await root.lines('echo x >/there/first; echo x >/there/later; rm /run/initramfs/bin/busybox');
  // Find has seen both; one goes before it asks for its times, the other before it is compared.
  const statOfFind = '#!/bin/sh\nrm -f /there/first\nexec /bin/busybox "$@"\n';
  await root.write('run/initramfs/bin/busybox', statOfFind, 0o755);
  const gone = RESIDENT.replace('program=$1;', '[ "$5" != /there/later ] || rm -f "$5"; $&');
  await root.write('run/live/bin/resident.sh', gone);
  const said = await root.lines('sh /lib/live/system/live-changes --json 2>&1');
  const changes = JSON.parse(said.join('\n')) as { change: string; path: string }[];
  t.true(changes.some(({ path }) => path === '/there/changed'));
  t.deepEqual(
    changes.filter(({ path }) => /first|later/.test(path)),
    [],
  );
});

test('--json has every character that a name may have', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await changedRoot(root);
  const codes = Array.from({ length: 127 }, (_, index) => index + 1);
  const names = codes
    .map((code) => String.fromCharCode(code))
    .filter((character) => !'\n/'.includes(character))
    .map((character) => `/there/a${character}b`);
  for (const name of names) await root.write(name, '');
  const said = await root.lines('sh /lib/live/system/live-changes --json');
  const changes = JSON.parse(said.join('\n')) as { change: string; path: string }[];
  const paths = changes.map(({ path }) => path);
  t.deepEqual(
    names.filter((name) => !paths.includes(name)),
    [],
  );
});

test('changes of earlier starts that are only read are listed, too', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await changedRoot(root);
  // They were made before this start.
  await root.write('run/started', '4102444800\n');
  await root.write('proc/stat', 'cpu 1 2\nbtime 4102444800\n');
  const there = async () => {
    const said = await root.lines('sh /lib/live/system/live-changes');
    return said.filter((line) => line.endsWith(' /there/changed'));
  };
  t.deepEqual(await there(), []);
  await root.write('run/base', '/dev/mapper/live-saved\n');
  t.deepEqual(await there(), ['changed  /there/changed']);
});

test('an unknown option is refused with the usage', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await root.write('run/live/bin/resident.sh', RESIDENT);
  await root.write('run/base', '');
  await root.write('run/started', '0\n');
  const run = 'sh /lib/live/system/live-changes --all 2>&1; echo "status $?"';
  const said = await root.lines(run);
  t.regex(said[0] ?? '', /^usage: live-changes/);
  t.is(said.at(-1), 'status 2');
});
