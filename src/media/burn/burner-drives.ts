import { readFile } from 'node:fs/promises';
import { isInstalled } from '../../process.js';
import { BURNERS } from './burners.js';

/** What Linux' cdrom driver knows of the optical drives (Documentation/cdrom/cdrom-standard.rst). */
const CDROM_INFO = '/proc/sys/dev/cdrom/info';

/** Paths of the drives that burn, where a program that can is installed. */
export async function burnerDrives(info = CDROM_INFO): Promise<string[]> {
  const installed = await Promise.all(BURNERS.map(({ tool }) => isInstalled(tool.program)));
  if (!installed.includes(true)) return [];
  // Without any optical drive there is no such file.
  return parseCdromInfo(await readFile(info, 'utf8').catch(() => ''));
}

/** The drives that write CD-R or DVD-R: rows of properties with a column for each drive. Pure. */
export function parseCdromInfo(text: string): string[] {
  const cells = (row: string) => {
    const line = text.split('\n').find((each) => each.startsWith(`${row}:`)) ?? '';
    return line
      .slice(row.length + 1)
      .split(/\s+/)
      .filter((cell) => cell !== '');
  };
  const writes = ['Can write CD-R', 'Can write DVD-R'].map(cells);
  const names = cells('drive name').filter((name) => /^[a-z]+\d+$/.test(name));
  return names
    .filter((_, index) => writes.some((row) => row[index] === '1'))
    .map((name) => `/dev/${name}`)
    .sort();
}
