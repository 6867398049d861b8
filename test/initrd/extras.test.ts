import { chmod, lstat, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type InitrdOptions, packInitrd } from '../../src/initrd/plan-initrd.js';
import { elf } from './helpers/elf.js';
import { plan, VERSION } from './helpers/rootfs.js';
import { fileIn, namesIn, temporaryFolder, unpackArchive, unpacked } from './helpers/unpack.js';

/** Writes files into a folder of their own; gives a function that does, and the folder. */
async function maker(t: ExecutionContext) {
  const folder = await temporaryFolder(t);
  const file = async (name: string, content: string | Buffer, mode = 0o644) => {
    await writeFile(join(folder, name), content);
    await chmod(join(folder, name), mode);
    return join(folder, name);
  };
  return { folder, file };
}

/** The archive of programs in an unpacked initrd. */
async function programsWith(t: ExecutionContext, options: Partial<InitrdOptions>) {
  const packed = await packInitrd(await plan(options));
  const top = await unpacked(t, await packed.withConfiguration({}));
  return join(top, 'lib/live/programs.cpio.xz');
}

test('included files lie among the programs, those that run with their libraries', async (t) => {
  const { file } = await maker(t);
  const program = await file('tool', elf({ needed: ['libdm.so.1'] }), 0o755);
  const data = await file('data', 'text');
  const firmware = { from: data, to: `/lib/modules/${VERSION}/updates/x.bin` };
  const includes = [{ from: program, to: '/usr/sbin/' }, { from: data }, firmware];
  const { base } = await plan({ includes });
  const programs = await programsWith(t, { includes });

  const names = await namesIn(programs);
  for (const name of ['sbin/tool', data.slice(1), firmware.to.slice(1), 'lib/libdm.so.1']) {
    t.is(names.filter((each) => each === name).length, 1, name);
    t.false(
      base.some((each) => each.name === name),
      name,
    );
  }
  t.deepEqual(await fileIn(programs, 'sbin/tool'), await readFile(program));
  t.is((await fileIn(programs, data.slice(1))).toString(), 'text');
});

test('what the build writes itself can not be included', async (t) => {
  const { file } = await maker(t);
  const from = await file('mine', 'x');
  for (const to of ['/etc/live.conf', '/usr/etc/origin.table']) {
    const { message } = await t.throwsAsync(plan({ includes: [{ from, to }] }), {
      code: 'usage.initrd-include',
    });
    t.regex(message, /mine \(the build writes \/etc\/(live\.conf|origin\.table) itself\)/);
  }
});

test('hooks lie where the init finds them, in their order, executable', async (t) => {
  const { file } = await maker(t);
  const hook = await file('my hook.sh', '#!/bin/sh\n');
  const { base } = await plan({ hooks: [hook, hook] });
  const hooks = base.filter(({ name }) => name.startsWith('lib/live/hooks/'));
  t.deepEqual(
    hooks.map(({ name, mode }) => [name, mode]),
    [
      ['lib/live/hooks/01-my_hook.sh', 0o100755],
      ['lib/live/hooks/02-my_hook.sh', 0o100755],
    ],
  );
});

test('modes of included files', async (t) => {
  const { file } = await maker(t);
  const includes = [
    { from: await file('run', '#!/bin/sh\n', 0o700), to: '/sbin/run' },
    { from: await file('read', 'text', 0o600), to: '/etc/read' },
  ];
  const programs = await programsWith(t, { includes });
  const top = await temporaryFolder(t);
  await unpackArchive(await readFile(programs), top, 'xz');
  t.is((await lstat(join(top, 'sbin/run'))).mode & 0o7777, 0o755);
  t.is((await lstat(join(top, 'etc/read'))).mode & 0o7777, 0o644);
});

test('all that can not be taken is named together', async (t) => {
  const { file, folder } = await maker(t);
  const foreign = await file('arm', elf({ machine: 183 }), 0o755);
  const data = await file('data', 'text');
  const refused = [
    { from: `${folder}/gone` },
    { from: folder },
    { from: foreign },
    { from: data, to: '/\u00fc' },
  ];
  const error = await t.throwsAsync(plan({ includes: refused }), { code: 'usage.initrd-include' });
  t.regex(
    error.message,
    /gone.*ENOENT.*not a regular file.*does not run on the amd64.*printable ASCII/s,
  );
  await t.throwsAsync(plan({ hooks: [`${folder}/gone`] }), { code: 'usage.initrd-hook' });
});

test('no included file takes the place of one of ours, late or early', async (t) => {
  const { file } = await maker(t);
  const data = await file('data', 'text');
  for (const to of ['/bin/busybox', '/bin/mount', '/init', '/sbin/dmsetup', '/lib/libdm.so.1']) {
    await t.throwsAsync(plan({ includes: [{ from: data, to }] }), {
      code: 'rootfs.initrd-conflict',
      message: new RegExp(to),
    });
  }
});
