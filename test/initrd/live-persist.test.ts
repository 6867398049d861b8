import test, { type ExecutionContext } from 'ava';
import { type LiveRoot, liveRoot } from './helpers/live-root.js';

/** `live-persist create` in a file of a disk at /mnt, with programs that do as they are told. */

const DISC = '5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e';

/** An ext4 at /mnt; what is encrypted has 16 MiB less than its file. `cryptsetup` does as /run/cryptsetup says. */
const PROGRAMS = `
stat() {
  case $* in
  '-f -c %T'*) echo ext2/ext3 ;;
  '-c %d /') echo 1 ;;
  '-c %d '*) echo 2 ;;
  *) /run/initramfs/bin/busybox stat "$@" ;;
  esac
}
df() { echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'; echo '/dev/sdb1 9 1 8 10% /mnt'; }
cryptsetup() {
  echo "cryptsetup $1" >>/run/calls
  . /run/cryptsetup || return 1
  [ "$1" != open ] || dd if=/dev/zero of=/dev/mapper/live-new-store bs=1048576 count=$((size - 16)) 2>/dev/null
}
`;

async function persist(t: ExecutionContext): Promise<LiveRoot | undefined> {
  const root = await liveRoot(t, { UUID: DISC, DISC: '/dev/sr0' });
  await root?.write({
    '/dev/mapper/live-root': '',
    '/dev/zero': Buffer.alloc(64 * 1024 * 1024),
    '/mnt/kept': 'kept',
    '/run/cryptsetup': '',
  });
  await root?.run(`busybox=/run/initramfs/bin/busybox
    for name in cut date dd readlink rm sed sha256sum tail tr; do $busybox ln -s $busybox /bin/$name; done`);
  return root;
}

/** What it says and ends with, which files are there then, and how cryptsetup was called. */
async function create(root: LiveRoot, args: string, programs = ''): Promise<string[]> {
  await root.write({ '/run/programs': PROGRAMS + programs, '/run/calls': '' });
  const said = await root.run(`
    sh -c '. /run/programs; . /run/live/bin/live-persist' sh create ${args} 2>&1
    echo "status $?"; echo /mnt/*; sed 's/cryptsetup //' /run/calls`);
  return said.split('\n').slice(0, -1);
}

test('a file becomes a store, whose header tells its size', async (t) => {
  const root = await persist(t);
  if (root === undefined) return;
  t.deepEqual(await create(root, '/mnt/store --size 8M'), [
    'The store on /mnt/store has 7 MiB. Start with: live.cow=/dev/sdb1:/store',
    'status 0',
    '/mnt/kept /mnt/store',
  ]);
  t.regex(await root.read('/mnt/store'), new RegExp(`^snapdisc store 1\ndisc=${DISC}\n`));
});

test('an encrypted one is closed when it is done, and as large as a store must be', async (t) => {
  const root = await persist(t);
  if (root === undefined) return;
  t.deepEqual(await create(root, '/mnt/store --size 24M --encrypt'), [
    'The store on /mnt/store has 7 MiB. Start with: live.cow=/dev/sdb1:/store',
    'status 0',
    '/mnt/kept /mnt/store',
    ...['luksFormat', 'open', 'close'],
  ]);
  for (const size of ['8M', '17M', '23M']) {
    t.deepEqual(await create(root, `/mnt/other --size ${size} --encrypt`), [
      'live-persist: with --encrypt a store has 24 MiB or more.',
      'status 1',
      '/mnt/kept /mnt/store',
    ]);
  }
});

test('what does not become a store leaves no file behind', async (t) => {
  const root = await persist(t);
  if (root === undefined) return;
  const encrypted = '/mnt/store --size 24M --encrypt';
  const failed = async (cryptsetup: string, args = encrypted, programs = '') => {
    await root.write({ '/run/cryptsetup': cryptsetup });
    return create(root, args, programs);
  };
  t.deepEqual(await failed('[ "$1" != luksFormat ]'), [
    'live-persist: /mnt/store could not be encrypted.',
    ...['status 1', '/mnt/kept', 'luksFormat'],
  ]);
  t.deepEqual(await failed('[ "$1" != open ]'), [
    'live-persist: /mnt/store could not be encrypted.',
    ...['status 1', '/mnt/kept', 'luksFormat', 'open'],
  ]);
  t.deepEqual(await failed('[ "$1" != luksFormat ] || kill -TERM $$'), [
    ...['status 143', '/mnt/kept', 'luksFormat'],
  ]);
  const full = 'dd() { case $* in *seek=*) return 1 ;; *) command dd "$@" ;; esac; }';
  t.deepEqual(await failed('', encrypted, full), [
    'live-persist: /mnt/store could not be written.',
    ...['status 1', '/mnt/kept', 'luksFormat', 'open', 'close'],
  ]);
  t.deepEqual(await failed('', '/mnt/store --size 8M', full), [
    'live-persist: /mnt/store could not be written.',
    ...['status 1', '/mnt/kept'],
  ]);
});

test('a file that was there before stays', async (t) => {
  const root = await persist(t);
  if (root === undefined) return;
  t.deepEqual(await create(root, '/mnt/kept --size 24M --encrypt'), [
    'live-persist: /mnt/kept exists; remove it first.',
    ...['status 1', '/mnt/kept'],
  ]);
  t.is(await root.read('/mnt/kept'), 'kept');
});
