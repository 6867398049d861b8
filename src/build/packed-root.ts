import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kernel } from '../initrd/kernel.js';
import { readKernelConfig } from '../initrd/kernel-config.js';
import type { RootView } from '../initrd/root-view.js';
import { chooseCompression, type PackedCompression } from '../packed-root/compression.js';
import { PACKED_FILE, PACKERS, SUPERBLOCK_FILE_BYTES } from '../packed-root/formats.js';
import { type PackIdentity, packImage } from '../packed-root/pack.js';
import { isInstalled, missingTool } from '../process.js';
import type { Recipe } from '../recipe/recipe.js';
import type { Source } from '../rootfs/source.js';
import { EXT2_BLOCK, ISO_BLOCK, MIB } from '../units.js';
import { OutputFile } from './output-file.js';
import { PartialDirectory } from './partial-directory.js';
import type { WorkContext } from './report.js';
import { runStages, type Stage } from './stages.js';
import {
  type DiscLayout,
  type RootContext,
  type RootImage,
  throwIfAborted,
  writeFiles,
  writeRootMetadata,
} from './write-disc.js';

/** A root.img that is going to be compressed. */
export interface PackPlan {
  readonly image: RootImage;
  readonly source: Source;
  readonly compression: PackedCompression;
  readonly identity: PackIdentity;
}

/** What the stages work on: root.img and what it is compressed in, as temporary files. */
interface PackContext extends RootContext {
  readonly imagePath: string;
  readonly packedPath: string;
}

/**
 * Before anything is read.
 * @throws SnapdiscError `tool.missing`
 */
export async function checkPacker({ compress }: Recipe): Promise<void> {
  if (compress === 'none' || (await isInstalled(PACKERS[compress].program))) return;
  throw missingTool(PACKERS[compress]);
}

/** How root.img is compressed for a kernel; `undefined` where it is not. */
export async function compressionFor(
  { compress }: Recipe,
  view: RootView,
  kernel: Kernel,
): Promise<PackedCompression | undefined> {
  if (compress === 'none') return undefined;
  return chooseCompression(compress, await readKernelConfig(view, kernel));
}

/** The source has its files in another order than root.img, so that is written first, and compressed then. */
export function packStages({ image, source, compression, identity }: PackPlan) {
  const { format, algorithm } = compression;
  const stages: Stage<PackContext>[] = [
    {
      title: 'Writing file system metadata',
      run: async (context) => writeRootMetadata(image, 0, context),
    },
    {
      title: 'Writing the root file system',
      bytes: source.dataBytes,
      run: (context) => writeFiles(image, 0, source, context),
    },
    {
      title: `Compressing the root file system (${format}, ${algorithm})`,
      bytes: image.ext2.storedBlocks * EXT2_BLOCK,
      run: async ({ output, imagePath, packedPath, ...context }) => {
        await output.finish();
        await packImage(imagePath, packedPath, compression, identity, context);
      },
    },
  ];
  return stages;
}

/**
 * Compresses root.img beside the output, hands the file and its bytes to `use`, and removes it.
 * @throws SnapdiscError `output.*`, `tool.*`, `interrupted.signal`
 */
export async function withPackedRoot(
  plan: PackPlan,
  output: string,
  context: WorkContext,
  use: (packedPath: string, size: number) => Promise<void>,
): Promise<void> {
  const folder = await PartialDirectory.create(`${output}.root`);
  try {
    const imagePath = join(folder.top, PACKED_FILE);
    const packedPath = folder.scratch;
    const image = await OutputFile.create(imagePath, plan.image.ext2.storedBlocks * EXT2_BLOCK);
    try {
      await runStages(packStages(plan), { ...context, output: image, imagePath, packedPath });
    } finally {
      // Finished, nothing is left of it to discard.
      await image.discard();
    }
    await use(packedPath, (await stat(packedPath)).size);
  } finally {
    await folder.discard();
  }
}

/** Writes a packed root to its place on the disc, and its superblock beside it. */
export async function writePackedRoot(
  { disc: { iso, rootImage, superblock } }: DiscLayout,
  { ext2 }: RootImage,
  packedPath: string,
  { output, reporter, signal }: RootContext,
): Promise<void> {
  for (const { block, data } of ext2.metadata()) {
    if (block !== 0) continue;
    output.write(iso.extent(superblock).lba * ISO_BLOCK, data.subarray(0, SUPERBLOCK_FILE_BYTES));
    break;
  }
  let at = iso.extent(rootImage).lba * ISO_BLOCK;
  for await (const piece of createReadStream(packedPath, { highWaterMark: MIB })) {
    throwIfAborted(signal);
    const bytes = piece as Buffer;
    output.write(at, bytes);
    at += bytes.length;
    reporter.advance(bytes.length);
  }
}
