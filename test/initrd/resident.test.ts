import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { enterInitrd } from './helpers/host-initrd.js';

/** What the init's last stage needs of the others. */
const KEEP = `
  debug_stop() { :; }
  dm_name() { :; }
  forget_systemd() { :; }
  end_in_memory() { :; }
  DEBUG= SWEPT=\${SWEPT:-0} LOAD_LATER=\${LOAD_LATER:-}
  . /lib/live/resident.sh
  unpack_programs
  keep_programs`;

test('busybox stays in memory; the other programs stay packed until the first is run', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { top, shell } = initrd;
  await shell.lines(KEEP);
  const kept = await readdir(join(top, 'run/initramfs'), { recursive: true });
  t.true(kept.includes('bin/busybox'));
  t.true(kept.includes('programs.cpio.xz'));
  t.deepEqual(
    kept.filter((name) => /dmsetup|devmapper|modules|live/.test(name)),
    [],
  );
  // The loader's path must be the resident one: the initrd itself is gone by then.
  const version = 'resident sbin/dmsetup version | { read -r line; echo "$line"; }';
  const lines = await shell.lines(`
    . /run/live/bin/resident.sh
    rm -r /lib /sbin
    resident bin/busybox echo one
    { ${version}; } & { ${version}; } & wait
    ${version}`);
  t.is(lines[0], 'one');
  t.is(lines.length, 4, `${lines}`);
  for (const line of lines.slice(1)) t.regex(line, /^Library version:/);
  await t.throwsAsync(access(join(top, 'run/initramfs/programs.cpio.xz')));
  await t.throwsAsync(access(join(top, 'run/initramfs/unpacking')));
});

test('an archive that breaks off stays, and so does no lock of a process that was killed', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { top, shell } = initrd;
  await shell.lines(KEEP);
  // It tells of nothing at all, as when it is killed at once; the next one is the real one.
  const lines = await shell.lines(`
    . /run/live/bin/resident.sh
    mkdir -p /proc/self; echo '41 (sh) S' >/proc/self/stat
    mkdir /run/initramfs/unpacking; echo 77 >/run/initramfs/unpacking/by
    archive=$PACKED_PROGRAMS; unpacker=/run/initramfs/bin/xzcat
    resident() { [ "$2" != xzcat ] || return 137; shift; busybox "$@"; }
    unpack_programs; [ -e "$archive" ] && [ ! -e /run/initramfs/unpacking ] && echo kept
    . /run/live/bin/resident.sh
    resident sbin/dmsetup version | { read -r line; echo "$line"; }`);
  t.is(lines[0], 'kept');
  t.regex(lines[1] ?? '', /^Library version:/);
  await t.throwsAsync(access(join(top, 'run/initramfs/programs.cpio.xz')));
});

test('the tools are told what changes lie upon', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const lines = await initrd.shell.lines(`
    PERSISTENT=no COW=zram BASE=/dev/mapper/live-saved; ${KEEP}
    BASE=; . /run/live/bin/resident.sh; echo "$PERSISTENT $COW $BASE"`);
  t.deepEqual(lines, ['no zram /dev/mapper/live-saved']);
});

test('the guard is told where the sweep is, if that is given back', async (t) => {
  for (const [settings, told] of [
    ['SWEPT=4096 RAM_IMAGE=/dev/zram3', 'zram3'],
    ['SWEPT=0 RAM_IMAGE=/dev/zram3', ''],
    ['SWEPT=4096 RAM_IMAGE=/dev/zram3 LOAD_LATER=1', ''],
  ] as const) {
    const initrd = await enterInitrd(t);
    if (initrd === undefined) return;
    const lines = await initrd.shell.lines(`
      ${settings}; ${KEEP}
      . /run/live/bin/resident.sh; echo "told <$SWEPT_ZRAM>"`);
    t.deepEqual(lines, [`told <${told}>`], settings);
  }
});

test('where there is compressed swap our last program takes the place of that of systemd', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const units = '/run/systemd/system';
  const program = '/usr/lib/systemd/systemd-shutdown';
  const lines = await initrd.shell.lines(`
    mkdir -p /root/usr/lib/systemd; cp /init /root${program}
    SWAP=/dev/zram2; ${KEEP}
    ls ${units}; cat ${units}/systemd-reboot.service.d/live.conf`);
  const names = ['halt', 'kexec', 'poweroff', 'reboot'].map((end) => `systemd-${end}.service.d`);
  t.deepEqual(lines.slice(0, 7), [...names, '[Service]', 'Type=oneshot', 'ExecStart=']);
  const loader = '(/run/initramfs\\S+ --library-path \\S+ )?';
  const mount = `mount --bind /run/initramfs/shutdown ${program}`;
  t.regex(lines[7] ?? '', new RegExp(`^ExecStart=${loader}/run/initramfs/bin/busybox ${mount}$`));
  t.is(lines[8], 'ExecStart=/bin/systemctl --force reboot');
});
