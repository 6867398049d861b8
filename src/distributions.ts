import { readFileSync } from 'node:fs';

/** Linux distributions whose package names we know, and how each installs packages. */
export const DISTRIBUTIONS = {
  debian: { name: 'Debian', install: 'apt install' },
  fedora: { name: 'Fedora', install: 'dnf install' },
  arch: { name: 'Arch', install: 'pacman -S' },
  alpine: { name: 'Alpine', install: 'apk add' },
} as const;

export type Distribution = keyof typeof DISTRIBUTIONS;

/** What a Debian package is called elsewhere: other names, and files split in other ways. */
const NAMES_ELSEWHERE: Readonly<
  Record<string, Partial<Record<Exclude<Distribution, 'debian'>, string>>>
> = {
  // cdrskin is built from libburn's source, xorriso from libisoburn's.
  cdrskin: { arch: 'libburn', alpine: 'libburn' },
  isolinux: { fedora: 'syslinux-nonlinux', arch: 'syslinux', alpine: 'syslinux' },
  // umount; a package of its own on Debian only.
  mount: { fedora: 'util-linux', arch: 'util-linux', alpine: 'umount' },
  'qemu-system-x86': { alpine: 'qemu-system-x86_64 qemu-system-i386' },
  'syslinux-common': { fedora: 'syslinux-nonlinux', arch: 'syslinux', alpine: 'syslinux' },
  'util-linux': { alpine: 'lsblk' },
  xorriso: { arch: 'libisoburn' },
  'xz-utils': { fedora: 'xz', arch: 'xz', alpine: 'xz' },
};

/** Where packages are that a distribution's own command does not find. */
const ELSEWHERE: Readonly<Record<string, Partial<Record<Distribution, string>>>> = {
  apt: { alpine: 'the testing repository' },
  mmdebstrap: { arch: 'the AUR', alpine: 'the testing repository' },
};

/** The package that has what `debianPackage` has; on Alpine it may be two, a space between them. */
export function packageOn(distribution: Distribution, debianPackage: string): string {
  if (distribution === 'debian') return debianPackage;
  return NAMES_ELSEWHERE[debianPackage]?.[distribution] ?? debianPackage;
}

/** One command that installs what these Debian packages have. */
export function installCommand(
  distribution: Distribution,
  debianPackages: readonly string[],
): string {
  const names = debianPackages.map((name) => packageOn(distribution, name));
  return installNames(distribution, names);
}

/** The same, of names as the distribution has them; it is told where those are that its command does not find. */
export function installNames(distribution: Distribution, packages: readonly string[]): string {
  const names = [...new Set(packages.flatMap((each) => each.split(' ')))];
  const near = names.filter((name) => ELSEWHERE[name]?.[distribution] === undefined);
  const command = `${DISTRIBUTIONS[distribution].install} ${near.join(' ')}`;
  const far = names.flatMap((name) => {
    const where = ELSEWHERE[name]?.[distribution];
    return where === undefined ? [] : [`${name} from ${where}`];
  });
  return [...(near.length === 0 ? [] : [command]), ...far].join('; ');
}

/** `On Debian: apt install xz-utils`, for the distribution this is or, if it is none of ours, Debian. */
export function installHint(
  debianPackages: readonly string[],
  distribution = thisDistribution() ?? 'debian',
): string {
  return `On ${DISTRIBUTIONS[distribution].name}: ${installCommand(distribution, debianPackages)}`;
}

/** Longer ones would fill the screen. */
const MAX_NAME = 60;

/** Which of ours an os-release file (os-release(5)) speaks of; derivatives count as what they are like. */
export function distributionOf(osRelease: string): Distribution | undefined {
  const names = ['ID', 'ID_LIKE'].flatMap((key) => osReleaseValue(osRelease, key).split(' '));
  return names.find((name): name is Distribution => Object.hasOwn(DISTRIBUTIONS, name));
}

/** What an os-release file calls its system, for people: `Debian GNU/Linux 12 (bookworm)`. */
export function osReleaseName(osRelease: string): string {
  const name = osReleaseValue(osRelease, 'PRETTY_NAME') || osReleaseValue(osRelease, 'NAME');
  return name.slice(0, MAX_NAME);
}

function osReleaseValue(osRelease: string, key: string): string {
  return new RegExp(`^${key}=["']?([^"'\n]*)`, 'm').exec(osRelease)?.[1] ?? '';
}

/** The distribution that this program runs on, if it is one of ours. */
export function thisDistribution(): Distribution | undefined {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return distributionOf(readFileSync(path, 'utf8'));
    } catch {
      // The next one, or none: then nothing is known.
    }
  }
  return undefined;
}
