import { readFile } from 'node:fs/promises';
import test from 'ava';
import { libraryClosure } from '../../src/initrd/library-closure.js';
import { hostView } from '../../src/initrd/root-view.js';
import { run } from '../../src/process.js';
import { elf } from './helpers/elf.js';
import { type Files, view } from './helpers/view.js';

const I386 = { bits: 32, machine: 3 } as const;
const LDD = { program: 'ldd', purpose: 'judges', debianPackage: 'libc-bin' };

async function closure(files: Files, program: Buffer, source = 'usr/sbin/tool') {
  const root = view({ ...files, [source]: program });
  const file = {
    target: `sbin/${source.split('/').at(-1)}`,
    source,
    content: program,
    mode: 0o755,
  };
  const found = await libraryClosure(root, file);
  return Object.fromEntries(found.map((each) => [each.target, each.source]));
}

const LOADER = '/lib64/ld-linux-x86-64.so.2';

test('Debian: merged /usr, multiarch folders, libraries of libraries', async (t) => {
  const files = {
    lib: '-> usr/lib',
    lib64: '-> usr/lib64',
    'usr/lib64/ld-linux-x86-64.so.2': '-> ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
    'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2': elf(),
    'usr/lib/x86_64-linux-gnu/liba.so.1': '-> liba.so.1.2.3',
    'usr/lib/x86_64-linux-gnu/liba.so.1.2.3': elf({ needed: ['libc.so.6', 'libb.so.1'] }),
    'usr/lib/x86_64-linux-gnu/libb.so.1': elf({ needed: ['liba.so.1'] }),
    'usr/lib/x86_64-linux-gnu/libc.so.6': elf({ needed: ['ld-linux-x86-64.so.2'] }),
  };
  const program = elf({ interpreter: LOADER, needed: ['liba.so.1', 'libc.so.6'] });
  const folder = 'usr/lib/x86_64-linux-gnu';
  t.deepEqual(await closure(files, program), {
    'lib/ld-linux-x86-64.so.2': `${folder}/ld-linux-x86-64.so.2`,
    'lib/liba.so.1': `${folder}/liba.so.1.2.3`,
    'lib/libb.so.1': `${folder}/libb.so.1`,
    'lib/libc.so.6': `${folder}/libc.so.6`,
  });
});

test('a library for another machine is passed over', async (t) => {
  const files = {
    'etc/ld.so.conf': '/opt/first\n',
    'opt/first/libc.so.6': elf(I386),
    'lib/i386-linux-gnu/libc.so.6': elf(I386),
    'lib64/libc.so.6': elf(),
    'lib64/ld-linux-x86-64.so.2': elf(),
  };
  const program = elf({ interpreter: LOADER, needed: ['libc.so.6'] });
  t.is((await closure(files, program))['lib/libc.so.6'], 'lib64/libc.so.6');
});

test('ld.so.conf comes before the defaults, with includes in their order', async (t) => {
  const files = {
    'etc/ld.so.conf': '# comment\ninclude /etc/ld.so.conf.d/*.conf\n/opt/last=libc6\n',
    'etc/ld.so.conf.d/b.conf': '/opt/b # second',
    'etc/ld.so.conf.d/a.conf': '/opt/a\n',
    'etc/ld.so.conf.d/ignored.txt': '/opt/ignored\n',
    'opt/ignored/libx.so': elf(),
    'opt/b/libx.so': elf(),
    'opt/b/liby.so': elf(),
    'opt/a/libx.so': elf(),
    'opt/last/libz.so': elf(),
    'lib/libz.so': elf(),
  };
  t.deepEqual(await closure(files, elf({ needed: ['libx.so', 'liby.so', 'libz.so'] })), {
    'lib/libx.so': 'opt/a/libx.so',
    'lib/liby.so': 'opt/b/liby.so',
    'lib/libz.so': 'opt/last/libz.so',
  });
});

test('an ld.so.conf that includes itself ends', async (t) => {
  const files = { 'etc/ld.so.conf': 'include ld.so.conf\n/opt\n', 'opt/libx.so': elf() };
  t.deepEqual(await closure(files, elf({ needed: ['libx.so'] })), { 'lib/libx.so': 'opt/libx.so' });
});

test('musl looks where its .path file says, else in its own folders', async (t) => {
  const loader = 'lib/ld-musl-x86_64.so.1';
  const program = elf({ interpreter: `/${loader}`, needed: ['libx.so'] });
  const files = { [loader]: elf(), 'usr/lib/libx.so': elf(), 'opt/x/libx.so': elf() };
  t.is((await closure(files, program))['lib/libx.so'], 'usr/lib/libx.so');
  const withPath = { ...files, 'etc/ld-musl-x86_64.path': '/lib:/opt/x\n/usr/lib\n' };
  t.is((await closure(withPath, program))['lib/libx.so'], 'opt/x/libx.so');
});

test('what RPATH and RUNPATH find keeps its place, $ORIGIN moves along', async (t) => {
  const program = elf({
    runpath: '$ORIGIN/../lib/private:/usr/lib64/fixed',
    needed: ['liba.so', 'libb.so'],
  });
  const files = { 'opt/lib/private/liba.so': elf(), 'usr/lib64/fixed/libb.so': elf() };
  // The program itself goes from /opt/bin to /sbin.
  t.deepEqual(await closure(files, program, 'opt/bin/tool'), {
    'lib/private/liba.so': 'opt/lib/private/liba.so',
    'lib/fixed/libb.so': 'usr/lib64/fixed/libb.so',
  });
});

test('RPATH holds for libraries of libraries, RUNPATH does not', async (t) => {
  const files = { 'opt/liba.so': elf({ needed: ['libb.so'] }), 'opt/libb.so': elf() };
  const withRpath = elf({ rpath: '/opt', needed: ['liba.so'] });
  t.deepEqual(Object.keys(await closure(files, withRpath)), ['opt/liba.so', 'opt/libb.so']);
  const withRunpath = elf({ runpath: '/opt', needed: ['liba.so'] });
  await t.throwsAsync(closure(files, withRunpath), {
    message: /libb\.so \(needed by \/opt\/liba\.so\)/,
  });
});

test('all that is missing is named together, with who needs it', async (t) => {
  const files = { 'lib/liba.so': elf({ needed: ['libgone.so.1'] }) };
  const program = elf({ interpreter: LOADER, needed: ['liba.so', 'libc.so.6'] });
  const error = await t.throwsAsync(closure(files, program), { code: 'rootfs.library-missing' });
  t.regex(error.message, /\/lib64\/ld-linux-x86-64\.so\.2 \(needed by \/usr\/sbin\/tool\)/);
  t.regex(error.message, /libc\.so\.6 \(needed by \/usr\/sbin\/tool\)/);
  t.regex(error.message, /libgone\.so\.1 \(needed by \/lib\/liba\.so\)/);
});

test('symlinks that leave the tree or turn in circles are no library', async (t) => {
  const files = {
    'lib/liba.so': '-> ../../../../../../etc/passwd',
    'lib/libb.so': '-> libb.so',
    'lib/libc.so': 'no ELF file',
  };
  const program = elf({ needed: ['liba.so', 'libb.so', 'libc.so'] });
  const error = await t.throwsAsync(closure(files, program));
  t.regex(error.message, /liba\.so.*libb\.so.*libc\.so/);
});

test('static programs and broken ones', async (t) => {
  t.deepEqual(await closure({}, elf({ type: 2 })), {});
  await t.throwsAsync(closure({}, elf().subarray(0, 60)), { code: 'rootfs.program-broken' });
});

test('agrees with ldd about dmsetup of this machine', async (t) => {
  const source = await hostView.resolve('sbin/dmsetup');
  if (source === undefined) {
    t.pass('dmsetup is not installed here');
    return;
  }
  const content = await readFile(`/${source}`);
  const found = await libraryClosure(hostView, {
    target: 'sbin/dmsetup',
    source,
    content,
    mode: 0o755,
  });
  const said = (await run(LDD, [`/${source}`])).toString();
  const wanted = said
    .split('\n')
    .map((line) => /^\s*(\/?\S+)/.exec(line)?.[1]?.split('/').at(-1))
    .filter((name) => name !== undefined && !name.startsWith('linux-'));
  t.deepEqual(found.map(({ target }) => target.replace('lib/', '')).sort(), wanted.sort());
});
