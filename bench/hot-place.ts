import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { openDiscImage } from '../src/disc-image.js';
import { hotCopyOf, openLiveDisc, rootFileOf } from '../src/extract/live-disc.js';
import { readFileData, type VolumeFile } from '../src/iso9660/index.js';
import { modelReads } from '../src/optical/drive-model.js';
import { parseReadLog } from '../src/optical/read-log.js';
import { ISO_BLOCK } from '../src/units.js';
import { otherPlaces, rearranged } from './rearrange.js';
import { markdownRows } from './table.js';

/**
 * Where on a disc the hot range, and its compressed copy, had better lie: the reads of one boot, as `run --drive-log`
 * writes them, modelled as if the parts of the disc had another order.
 * usage: npx tsx bench/hot-place.ts DISC LOG
 */
const [disc = '', log = ''] = process.argv.slice(2);
const { image, volume, close } = await openLiveDisc(disc);
const root = placeOf(rootFileOf(volume).file);
const copyFile = hotCopyOf(volume);
const copy = copyFile === undefined ? { start: root.end, end: root.end } : placeOf(copyFile);
const hotBytes = copyFile === undefined ? 0 : await unpackedSize(copyFile);
const { size } = await openDiscImage(disc);
await close();
const { reads } = parseReadLog(await readFile(log, 'utf8'));
const rows = otherPlaces({ size, root, copy, hotBytes }).map(({ name, parts }) => {
  const { headMoves, seconds } = modelReads(rearranged(reads, parts));
  return [name, String(headMoves), seconds.toFixed(2)];
});
process.stdout.write(`${markdownRows(['Order', 'Head moves', 'Modelled, s'], rows)}\n`);

function placeOf({ extents }: VolumeFile) {
  const start = (extents[0]?.lba ?? 0) * ISO_BLOCK;
  return { start, end: Math.max(...extents.map((each) => each.lba * ISO_BLOCK + each.size)) };
}

async function unpackedSize(file: VolumeFile): Promise<number> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readFileData(image.readAt, file)) pieces.push(piece);
  return gunzipSync(Buffer.concat(pieces)).length;
}
