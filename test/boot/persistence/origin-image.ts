import { type FileHandle, open } from 'node:fs/promises';

const SECTOR = 512;
const PIECE = 1024 * 1024;

/**
 * Writes what the init makes of a disc's root image (`live-origin`) to a sparse file. The disc itself
 * tells how, in the first files of its initrd (docs/boot.md), which are not compressed.
 * @param initrd The disc's initrd.
 */
export async function writeOrigin(iso: string, initrd: Buffer, file: string): Promise<void> {
  const text = initrd.toString('latin1');
  const setting = (name: string) => Number(new RegExp(`\\n${name}=(\\d+)`).exec(text)?.[1]);
  const root = setting('ROOT_SECTOR');
  const templates = root + setting('IMAGE_SECTORS');
  const table = /(?:\d+ \d+ (?:stored|template|zero) \d+\n)+/.exec(text)?.[0] ?? '';
  const [disc, origin] = [await open(iso, 'r'), await open(file, 'w')];
  try {
    await origin.truncate(setting('FS_SECTORS') * SECTOR);
    for (const line of table.trim().split('\n')) {
      const [start, count, kind, at] = line.split(' ') as [string, string, string, string];
      if (kind === 'zero') continue;
      const from = (kind === 'stored' ? root : templates) + Number(at);
      await copy(disc, from * SECTOR, origin, Number(start) * SECTOR, Number(count) * SECTOR);
    }
  } finally {
    await Promise.all([disc.close(), origin.close()]);
  }
}

async function copy(
  source: FileHandle,
  from: number,
  target: FileHandle,
  to: number,
  length: number,
): Promise<void> {
  const piece = Buffer.alloc(Math.min(length, PIECE));
  for (let done = 0; done < length; done += piece.length) {
    const { bytesRead } = await source.read(
      piece,
      0,
      Math.min(piece.length, length - done),
      from + done,
    );
    await target.write(piece, 0, bytesRead, to + done);
  }
}
