import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { CHECKSUM_BLOCK, checksumFile, checksumFileSize } from '../../src/build/checksums.js';
import { planExt2 } from '../../src/ext2/index.js';
import { planIso } from '../../src/iso9660/index.js';
import { ISO_BLOCK, MIB } from '../../src/units.js';
import { OPTIONS, temporaryDirectory, writeStored } from '../ext2/helpers.js';
import { tortureTree } from '../fixtures/torture-tree.js';
import { CREATED, directory, file, wholeImage } from '../iso9660/helpers/images.js';

/** Files of a disc, by path. */
export interface LiveDisc {
  readonly bytes: Buffer;
  /** Bytes of the disc at which a file begins. */
  readonly at: Readonly<Record<'loader' | 'rootImage' | 'checksums', number>>;
}

/** A small disc with all that `build` puts on one, but for kernel and initrd, in memory. */
export async function liveDisc(t: ExecutionContext): Promise<LiveDisc> {
  const tree = tortureTree().root;
  const stored = join(await temporaryDirectory(t), 'root.img');
  await writeStored(planExt2(tree, { ...OPTIONS, headroomBytes: 64 * MIB }), tree, stored);
  const image = file(await readFile(stored), { alignment: 2 });
  const loader = file(Buffer.alloc(8192, 2));
  const plan = (size: number) => {
    const checksums = file(Buffer.alloc(size));
    const live = directory({ 'root.img': image, checksums });
    const root = directory({ isolinux: directory({ 'isolinux.bin': loader }), live });
    const iso = planIso(root, {
      volumeId: 'TEST',
      created: CREATED,
      boot: { images: [{ file: loader, infoTable: true }] },
      hybrid: { mbrTemplate: Buffer.alloc(432, 0x90), diskId: 7 },
      order: [loader, image, checksums],
      pad: true,
    });
    const place = (each: typeof image) => iso.extent(each).lba * ISO_BLOCK;
    return {
      iso,
      at: { loader: place(loader), rootImage: place(image), checksums: place(checksums) },
    };
  };
  const covered = ({ at }: ReturnType<typeof plan>) => [
    { path: 'live/root.img', start: at.rootImage, end: at.rootImage + image.size },
  ];
  const draft = plan(1);
  const final = plan(checksumFileSize(draft.at.checksums, covered(draft)));
  const bytes = await wholeImage(final.iso);
  const range = { start: 16 * ISO_BLOCK, end: final.at.checksums };
  const digests: Buffer[] = [];
  for (let start = range.start; start < range.end; start += CHECKSUM_BLOCK) {
    const end = Math.min(range.end, start + CHECKSUM_BLOCK);
    digests.push(createHash('sha256').update(bytes.subarray(start, end)).digest());
  }
  bytes.set(checksumFile(range, covered(final), digests), range.end);
  return { bytes, at: final.at };
}
