import test from 'ava';
import fc from 'fast-check';
import { type RegularFile, walk } from '../../src/rootfs/tree.js';
import { NeedsReader } from '../../src/started/needs-reader.js';
import { startedFiles } from '../../src/started/started-files.js';
import { elf } from '../initrd/helpers/elf.js';
import { type Files, source, tree } from '../initrd/helpers/view.js';

const SYSTEM = 'usr/lib/systemd/system';
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';
const LOADER = '/lib64/ld-linux-x86-64.so.2';
const I386 = { bits: 32, machine: 3 } as const;

/** A system that starts `commands`, besides what `files` have. */
const system = (commands: string, files: Files): Files => ({
  'sbin/init': '-> /usr/lib/systemd/systemd',
  'usr/lib/systemd/systemd': '',
  [`${SYSTEM}/default.target`]: 'Wants=own.service',
  [`${SYSTEM}/own.service`]: commands,
  ...files,
});

/** Paths of what is started, without the units. */
async function started(files: Files): Promise<string[]> {
  const root = tree(files);
  const found = await startedFiles(source(root), new NeedsReader());
  const paths = new Map([...walk(root)].map(({ path, inode }) => [inode, path] as const));
  return found.map((file) => paths.get(file) ?? '?').filter((path) => !path.startsWith(SYSTEM));
}

test('a program with its loader and its libraries, each once', async (t) => {
  const found = await started(
    system('ExecStart=/usr/sbin/daemon', {
      'usr/sbin/daemon': elf({ interpreter: LOADER, needed: ['liba.so.1', 'libc.so.6'] }),
      'lib64/ld-linux-x86-64.so.2': elf(),
      [`${LIBRARIES}/liba.so.1`]: '-> liba.so.1.2',
      [`${LIBRARIES}/liba.so.1.2`]: elf({ needed: ['libc.so.6', 'libmissing.so'] }),
      [`${LIBRARIES}/libc.so.6`]: elf(),
      [`${LIBRARIES}/libother.so`]: elf(),
    }),
  );
  t.deepEqual(found, [
    'usr/sbin/daemon',
    'lib64/ld-linux-x86-64.so.2',
    `${LIBRARIES}/liba.so.1.2`,
    `${LIBRARIES}/libc.so.6`,
  ]);
});

test('libraries of another machine are passed over; those of RUNPATH come first', async (t) => {
  const found = await started(
    system('ExecStart=/usr/sbin/daemon', {
      'etc/ld.so.conf': '/usr/lib/i386-linux-gnu',
      'usr/sbin/daemon': elf({
        interpreter: LOADER,
        needed: ['libc.so.6', 'libown.so'],
        runpath: '$ORIGIN/../lib/own',
      }),
      'usr/lib/i386-linux-gnu/libc.so.6': elf(I386),
      [`${LIBRARIES}/libc.so.6`]: elf(),
      [`${LIBRARIES}/libown.so`]: elf(),
      'usr/lib/own/libown.so': elf(),
    }),
  );
  t.deepEqual(found, ['usr/sbin/daemon', `${LIBRARIES}/libc.so.6`, 'usr/lib/own/libown.so']);
});

test('scripts: what they run and read, no further than scripts of scripts', async (t) => {
  const found = await started(
    system('ExecStart=/usr/lib/one start', {
      'usr/lib/one': '#!/bin/sh\n. /usr/share/one.conf\ntwo --now >/dev/null\ncat /proc/cpuinfo\n',
      'bin/sh': elf(),
      'usr/sbin/two': '#!/bin/sh\nthree\n',
      'usr/sbin/three': '#!/bin/sh\nfour\n',
      'usr/sbin/four': elf(),
      'usr/share/one.conf': 'x=1',
      'proc/cpuinfo': 'of the machine that was packed',
      'dev/null': '',
    }),
  );
  t.deepEqual(found, [
    'usr/lib/one',
    'bin/sh',
    'usr/share/one.conf',
    'usr/sbin/two',
    'usr/sbin/three',
  ]);
});

test('plugins in folders of a service’s name, unless they are many', async (t) => {
  const found = await started(
    system('ExecStart=/bin/x', {
      'usr/lib/own/a/plugin.so': elf({ interpreter: LOADER, needed: ['libp.so'] }),
      [`${LIBRARIES}/own/other.so`]: '',
      [`${LIBRARIES}/libp.so`]: elf(),
      'usr/lib/other/plugin.so': '',
    }),
  );
  t.deepEqual(found, [
    'usr/lib/own/a/plugin.so',
    `${LIBRARIES}/libp.so`,
    `${LIBRARIES}/own/other.so`,
  ]);
  const many = { 'usr/lib/own/a': Buffer.alloc(2_000_000), 'usr/lib/own/b': Buffer.alloc(200_000) };
  t.deepEqual(await started(system('[Service]', many)), []);
});

test('init scripts: under systemd those that have no unit, else all of the start', async (t) => {
  const scripts = {
    'etc/init.d/own': '#!/bin/sh',
    'etc/init.d/mail': '#!/bin/sh',
    'etc/init.d/early': '#!/bin/sh',
    'etc/rc2.d/S01own': '-> ../init.d/own',
    'etc/rc2.d/S02mail': '-> ../init.d/mail',
    'etc/rc2.d/K01early': '-> ../init.d/early',
    'etc/rcS.d/S01early': '-> ../init.d/early',
  };
  t.deepEqual(await started(system('[Service]', scripts)), ['etc/init.d/mail']);
  t.deepEqual(await started({ ...scripts, 'sbin/init': elf() }), [
    'etc/init.d/early',
    'etc/init.d/own',
    'etc/init.d/mail',
  ]);
});

test('no init that is known: nothing', async (t) => {
  t.deepEqual(await started({ 'sbin/init': elf() }), []);
});

test('a script that another one mentions is followed where its own unit starts it', async (t) => {
  const found = await started({
    ...system('ExecStart=/usr/bin/a', {}),
    [`${SYSTEM}/default.target`]: 'Wants=own.service other.service',
    [`${SYSTEM}/other.service`]: 'ExecStart=/usr/bin/c',
    'usr/bin/a': '#!/bin/sh\nb',
    'usr/bin/b': '#!/bin/sh\nc',
    'usr/bin/c': '#!/usr/bin/env python3\n',
    'usr/bin/env': elf(),
    'usr/bin/python3': elf(),
  });
  t.deepEqual(found, ['usr/bin/a', 'usr/bin/b', 'usr/bin/c', 'usr/bin/env', 'usr/bin/python3']);
  const deep = await started(
    system('ExecStart=/usr/bin/a /usr/bin/d', {
      'usr/bin/a': '#!/bin/sh\nb',
      'usr/bin/b': '#!/bin/sh\nc',
      'usr/bin/c': '#!/bin/sh\nd',
      'usr/bin/d': '#!/bin/sh\ne',
      'usr/bin/e': elf(),
    }),
  );
  t.true(deep.includes('usr/bin/e'));
});

test('a file that is asked for again and again is read once', async (t) => {
  const root = tree(
    system('ExecStart=/usr/bin/x', {
      'usr/bin/x': elf({
        needed: Array.from({ length: 200 }, () => 'liba.so'),
        runpath: Array.from({ length: 1000 }, () => '/x').join(':'),
      }),
      'x/liba.so': 'no library',
    }),
  );
  const asked: number[] = [];
  const counting = {
    ...source(root),
    fetch: (files: readonly RegularFile[]) => {
      asked.push(files.length);
      return source(root).fetch(files);
    },
  };
  await startedFiles(counting, new NeedsReader());
  t.true(asked.reduce((sum, count) => sum + count, 0) < 20, `${asked}`);
});

test('links and scripts that lead in circles end', async (t) => {
  const found = await started(
    system('ExecStart=/usr/bin/a', {
      'usr/bin/a': '#!/bin/sh\na b /usr/bin/loop',
      'usr/bin/b': '#!/bin/sh\na',
      'usr/bin/loop': '-> loop',
      'usr/lib/own/again': '-> ../own',
      'usr/lib/own/x': '',
    }),
  );
  t.deepEqual(found, ['usr/bin/a', 'usr/bin/b', 'usr/lib/own/x']);
});

test('damaged programs are programs that need nothing, or less', async (t) => {
  const whole = elf({ interpreter: LOADER, needed: ['liba.so.1'], runpath: '/x' });
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const daemon = Buffer.from(whole);
      for (const [at, byte] of changes) daemon[at] = byte;
      const found = await started(
        system('ExecStart=/usr/sbin/daemon', { 'usr/sbin/daemon': daemon }),
      );
      t.deepEqual(found, ['usr/sbin/daemon']);
    }),
    { numRuns: 50 },
  );
});
