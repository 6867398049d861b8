import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import fc from 'fast-check';
import { SnapdiscError } from '../../src/errors.js';
import { findKernel } from '../../src/initrd/kernel.js';
import { parseKernelImage } from '../../src/initrd/kernel-image.js';
import { compareVersions } from '../../src/initrd/version-order.js';
import { run } from '../../src/process.js';
import { kernelImage } from './helpers/kernel.js';
import { type Files, view } from './helpers/view.js';

const DPKG = { program: 'dpkg', purpose: 'judges', debianPackage: 'dpkg' };

const modules = (version: string, folder = 'lib/modules'): Files => ({
  [`${folder}/${version}/modules.dep`]: '',
});

async function found(files: Files, version?: string) {
  const kernel = await findKernel(view(files), version);
  return [kernel.version, kernel.arch, kernel.path, kernel.modules];
}

test('Debian: the newest by number, not by letter', async (t) => {
  const files = {
    lib: '-> usr/lib',
    vmlinuz: '-> boot/vmlinuz-6.1.0-9-amd64',
    'boot/vmlinuz-6.1.0-9-amd64': kernelImage('6.1.0-9-amd64'),
    'boot/vmlinuz-6.1.0-10-amd64': kernelImage('6.1.0-10-amd64'),
    'boot/vmlinuz-6.1.0-11-amd64.dpkg-tmp': 'half written',
    ...modules('6.1.0-9-amd64', 'usr/lib/modules'),
    ...modules('6.1.0-10-amd64', 'usr/lib/modules'),
  };
  const folder = 'usr/lib/modules';
  t.deepEqual(await found(files), [
    '6.1.0-10-amd64',
    'amd64',
    'boot/vmlinuz-6.1.0-10-amd64',
    `${folder}/6.1.0-10-amd64`,
  ]);
  t.is((await found(files, '6.1.0-9-amd64'))[0], '6.1.0-9-amd64');
  const error = await t.throwsAsync<SnapdiscError>(findKernel(view(files), '5.0'), {
    instanceOf: SnapdiscError,
  });
  t.is(error.code, 'rootfs.no-such-kernel');
  t.is(error.hint, 'It has: 6.1.0-10-amd64, 6.1.0-9-amd64.');
});

test('Fedora and Arch: the kernel beside its modules, a name without version', async (t) => {
  const fedora = {
    'usr/lib/modules/6.9.1-200.fc40.x86_64/vmlinuz': kernelImage('6.9.1-200.fc40.x86_64'),
    ...modules('6.9.1-200.fc40.x86_64', 'usr/lib/modules'),
  };
  t.is((await found(fedora))[2], 'usr/lib/modules/6.9.1-200.fc40.x86_64/vmlinuz');
  const arch = {
    'boot/vmlinuz-linux': kernelImage('6.9.1-arch1-1', { is64: false }),
    ...modules('6.9.1-arch1-1'),
  };
  t.deepEqual(await found(arch), [
    '6.9.1-arch1-1',
    'i386',
    'boot/vmlinuz-linux',
    'lib/modules/6.9.1-arch1-1',
  ]);
});

test('a kernel without its modules is passed over, unless it was asked for', async (t) => {
  const files = {
    'boot/vmlinuz-6.2': kernelImage('6.2'),
    'boot/vmlinuz-6.1': kernelImage('6.1'),
    ...modules('6.1'),
  };
  t.is((await found(files))[0], '6.1');
  await t.throwsAsync(findKernel(view(files), '6.2'), {
    code: 'rootfs.no-modules',
    message: /kernel 6\.2\./,
  });
});

test('what is missing has a name and a package', async (t) => {
  const error = await t.throwsAsync<SnapdiscError>(findKernel(view({})), {
    code: 'rootfs.no-kernel',
  });
  t.regex(error.hint ?? '', /linux-image-amd64.*linux-image-686/);
  await t.throwsAsync(findKernel(view({ 'boot/vmlinuz-6.1': kernelImage('6.1') })), {
    code: 'rootfs.no-modules',
  });
  const arm = Buffer.alloc(0x400);
  arm.write('MZ', 0, 'latin1');
  await t.throwsAsync(findKernel(view({ 'boot/vmlinuz-6.1-arm64': arm })), {
    code: 'rootfs.kernel-unreadable',
    message: /\/boot\/vmlinuz-6\.1-arm64/,
  });
});

test('kernels too old to tell their machine go by their name', (t) => {
  const old = { protocol: 0x20a };
  t.deepEqual(parseKernelImage(kernelImage('3.2.0-4-amd64', old)), { version: '3.2.0-4-amd64' });
  t.deepEqual(parseKernelImage(kernelImage('6.1', { is64: false })), {
    version: '6.1',
    arch: 'i386',
  });
});

test('hostile images give a plain version or none', (t) => {
  t.is(parseKernelImage(kernelImage('../../etc'))?.version, undefined);
  t.is(parseKernelImage(kernelImage('6.1', { versionAt: 0xffff }).subarray(0, 0x400)), undefined);
  const image = kernelImage('6.1.0');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(image.length),
      (changes, length) => {
        const bytes = Buffer.from(image.subarray(0, length));
        for (const [at, byte] of changes) if (at < length) bytes[at] = byte;
        const version = parseKernelImage(bytes)?.version;
        t.true(version === undefined || (!version.includes('/') && !/^\.+$/.test(version)));
      },
    ),
  );
});

test('reads the kernels of this machine', async (t) => {
  const names = await readdir('/boot').catch(() => []);
  const kernels = names.filter((name) => /^vmlinuz-\d/.test(name));
  for (const name of kernels) {
    const image = parseKernelImage(await readFile(`/boot/${name}`));
    t.is(image?.version, name.replace('vmlinuz-', ''));
  }
  if (kernels.length === 0) t.pass('no kernels in /boot here');
});

const version = fc
  .tuple(
    fc.stringMatching(/^[0-9]{1,3}(\.[0-9]{1,3}){0,2}$/),
    fc.stringMatching(
      /^(-[0-9]{1,2}|\+deb[0-9]|~bpo[0-9]|-arch[0-9]|-[a-z]{1,3})?(-(686|amd64))?$/,
    ),
  )
  .map((parts) => parts.join(''));

test('orders versions as dpkg does', async (t) => {
  await fc.assert(
    fc.asyncProperty(version, version, async (a, b) => {
      const order = Math.sign(compareVersions(a, b));
      const relation = order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq';
      // The dashes would split off a Debian revision, which is compared by itself.
      const plain = (text: string) => text.replaceAll('-', '+');
      const same = Math.sign(compareVersions(plain(a), plain(b)));
      t.is(Math.sign(compareVersions(b, a)) + order, 0);
      const judged = same < 0 ? 'lt' : same > 0 ? 'gt' : 'eq';
      await t.notThrowsAsync(
        run(DPKG, ['--compare-versions', plain(a), judged, plain(b)]),
        `${a} ${relation} ${b}`,
      );
    }),
    { numRuns: 150 },
  );
});

test('release candidates come before their release', (t) => {
  const sorted = ['6.1.0-rc9', '6.1.0-rc10', '6.1.0', '6.1.0-1', '6.1.0-9', '6.1.0-10', '6.10'];
  t.deepEqual(sorted.toReversed().sort(compareVersions), sorted);
  t.is(compareVersions('6.01', '6.1'), 0);
});
