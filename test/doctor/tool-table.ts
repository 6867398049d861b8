import { PACKAGES } from '../../src/bootloader/syslinux-installation.js';
import { DISTRIBUTIONS, type Distribution, packageOn } from '../../src/distributions.js';
import { PROGRAM_USES } from '../../src/doctor/tools.js';

const ALL = Object.keys(DISTRIBUTIONS) as Distribution[];

/** The rows that docs/tools.md must have. */
export function toolTable(): string[] {
  const row = (name: string, purposes: readonly string[], debianPackages: readonly string[]) => {
    const packages = ALL.map((one) => {
      const names = debianPackages.map((name) => packageOn(one, name));
      return [...new Set(names)].join(' ');
    });
    return `| \`${name}\` | ${purposes.join('; ')} | ${packages.join(' | ')} |`;
  };
  return [
    row('isolinux', ['starts the disc on a PC'], Object.values(PACKAGES)),
    ...PROGRAM_USES.map(({ tools }) => {
      const [{ program, debianPackage }] = tools;
      return row(
        program,
        tools.map(({ purpose }) => purpose),
        [debianPackage],
      );
    }),
  ];
}
