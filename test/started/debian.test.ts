import { join } from 'node:path';
import test from 'ava';
import { initrdKeep } from '../../src/initrd/keep.js';
import { run } from '../../src/process.js';
import { openSource } from '../../src/rootfs/open-source.js';
import { walk } from '../../src/rootfs/tree.js';
import { NeedsReader } from '../../src/started/needs-reader.js';
import { startedFiles } from '../../src/started/started-files.js';
import { debianTar } from '../fixtures/debian.js';
import { temporaryDirectory, tool } from '../rootfs/helpers.js';

const STARTED = [
  'usr/lib/systemd/systemd-journald',
  'usr/bin/udevadm',
  'usr/lib/systemd/system/getty@.service',
  'usr/sbin/agetty',
  'usr/lib/i386-linux-gnu/ld-linux.so.2',
  'usr/lib/i386-linux-gnu/libc.so.6',
  'usr/lib/i386-linux-gnu/libudev.so.1.7.5',
];

async function startedPaths(archive: string): Promise<string[]> {
  const needs = new NeedsReader();
  const source = await openSource(archive, { keep: initrdKeep(), onlooker: needs });
  try {
    const paths = new Map([...walk(source.root)].map(({ path, inode }) => [inode, path] as const));
    return (await startedFiles(source, needs)).map((file) => paths.get(file) ?? '?');
  } finally {
    await source.close();
  }
}

test('what a Debian starts is found, and no other of a compressed archive that is read once', async (t) => {
  const archive = await debianTar('i386');
  const found = await startedPaths(archive);
  t.deepEqual(
    STARTED.filter((path) => !found.includes(path)),
    [],
  );
  t.false(found.some((path) => /^(?:boot|usr\/share\/doc)\//.test(path)));
  const compressed = join(await temporaryDirectory(t), 'rootfs.tar.zst');
  await run(tool('zstd'), ['-q1', archive, '-o', compressed]);
  t.deepEqual(await startedPaths(compressed), found);
});
