import test from 'ava';
import {
  distributionOf,
  installCommand,
  installHint,
  packageOn,
  thisDistribution,
} from '../src/distributions.js';

test('os-release tells the distribution, and what a derivative is like', (t) => {
  const cases = [
    ['NAME="Debian GNU/Linux"\nID=debian\nHOME_URL="https://www.debian.org/"\n', 'debian'],
    ['ID=ubuntu\nID_LIKE=debian\n', 'debian'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'debian'],
    ["ID='fedora'\n", 'fedora'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'fedora'],
    ['ID=arch\n', 'arch'],
    ['VERSION_ID=3.20\nID=alpine\n', 'alpine'],
    ['ID=nixos\n', undefined],
    ['VARIANT_ID=debian\n', undefined],
    ['ID=constructor\nID_LIKE=toString\n', undefined],
    ['', undefined],
  ] as const;
  for (const [text, expected] of cases) t.is(distributionOf(text), expected, text);
});

test('one command installs what several Debian packages have, no name twice', (t) => {
  const boot = ['isolinux', 'syslinux-common'];
  t.is(installCommand('debian', boot), 'apt install isolinux syslinux-common');
  t.is(installCommand('fedora', boot), 'dnf install syslinux-nonlinux');
  t.is(installCommand('arch', [...boot, 'xz-utils']), 'pacman -S syslinux xz');
  t.is(
    installCommand('alpine', ['qemu-system-x86', 'zstd']),
    'apk add qemu-system-x86_64 qemu-system-i386 zstd',
  );
  t.is(packageOn('fedora', 'zstd'), 'zstd');
});

test('what the usual command does not find is told apart', (t) => {
  const missing = ['mmdebstrap', 'zstd'];
  t.is(installCommand('debian', missing), 'apt install mmdebstrap zstd');
  t.is(installCommand('arch', missing), 'pacman -S zstd; mmdebstrap from the AUR');
  t.is(installHint(['mmdebstrap'], 'alpine'), 'On Alpine: mmdebstrap from the testing repository');
});

test('a hint names the distribution; on others Debian is as good as any', (t) => {
  t.is(installHint(['xz-utils'], 'alpine'), 'On Alpine: apk add xz');
  const here = thisDistribution() ?? 'debian';
  t.is(installHint(['xz-utils']), installHint(['xz-utils'], here));
});
