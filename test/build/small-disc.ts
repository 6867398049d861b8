import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { prepareBuild } from '../../src/build/build.js';
import { type Reporter, silentReporter } from '../../src/build/report.js';
import { PACKED_FORMATS } from '../../src/packed-root/formats.js';
import { parseRecipe } from '../../src/recipe/recipe.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { MODULES, ROOTFS, VERSION } from '../initrd/helpers/rootfs.js';

/** Whole builds of a small root filesystem. */

const DRIVERS = ['sr_mod', 'isofs', 'sd_mod', 'dm-mod', 'dm-snapshot', 'dm-zero', 'ext4', 'zram'];
const BUILTIN = [...DRIVERS, 'lzo-rle', 'loop', ...PACKED_FORMATS];
export const TEXT = 'A page of a manual, and another one like it.\n'.repeat(20_000);

/** A directory with all that a disc needs, every driver in the kernel itself. */
export async function rootfs(t: ExecutionContext): Promise<string> {
  const top = await temporaryDirectory(t);
  const files = {
    ...ROOTFS,
    [`${MODULES}/modules.dep`]: '',
    [`${MODULES}/modules.alias`]: '',
    [`${MODULES}/modules.builtin`]: BUILTIN.map((name) => `kernel/${name}.ko\n`).join(''),
    [`boot/config-${VERSION}`]: 'CONFIG_SQUASHFS_ZLIB=y\nCONFIG_SQUASHFS_XZ=y\n',
    'usr/share/text': TEXT,
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(top, path)), { recursive: true });
    const target = typeof content === 'string' && /^-> (.*)$/s.exec(content)?.[1];
    if (target) await symlink(target, join(top, path));
    else await writeFile(join(top, path), content);
  }
  return top;
}

export async function build(
  t: ExecutionContext,
  source: string,
  more: object,
  { reporter = silentReporter, signal }: { reporter?: Reporter; signal?: AbortSignal } = {},
) {
  const folder = await temporaryDirectory(t);
  const output = join(folder, 'live.iso');
  const prepared = await prepareBuild(parseRecipe({ source, output, ...more }), reporter);
  try {
    const result = await prepared.run(signal).catch((error: unknown) => error);
    return { folder, iso: output, plan: prepared.plan, result };
  } finally {
    await prepared.close();
  }
}

/** A reporter that notes the stages, and asks `onStage` about each. */
export function noting(stages: string[], onStage: (title: string) => void = () => {}): Reporter {
  return {
    ...silentReporter,
    stage(title) {
      stages.push(title);
      onStage(title);
    },
  };
}
