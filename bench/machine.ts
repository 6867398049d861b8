import { statfs } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { run } from '../src/process.js';
import { GIB } from '../src/units.js';
import { tool } from './inputs.js';

/** From statfs(2). */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  1481003842: 'XFS',
  2435016766: 'btrfs',
  2035054128: 'overlayfs',
};

/** One sentence about the machine of the benchmark: what decides the figures, no names of it. */
export async function describeMachine(folder: string): Promise<string> {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const { type } = await statfs(folder);
  const qemu = await run(tool('qemu-system-i386', 'qemu-system-x86'), ['--version']);
  return [
    `${processors.length} x ${model}`,
    `${(totalmem() / GIB).toFixed(1)} GiB of RAM`,
    FILE_SYSTEMS[type] ?? `file system type ${type}`,
    `Linux ${release().replace(/-.*/, '')}`,
    `Node.js ${process.version}`,
    qemu.toString('utf8').split('\n')[0],
  ].join(', ');
}
