import type { Recipe } from '../recipe/recipe.js';
import type { Source } from '../rootfs/source.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import { mostHotCopyBytes, writeHotCopy } from './hot-copy.js';
import { OutputFile } from './output-file.js';
import { writePackedRoot } from './packed-root.js';
import { PartialDirectory } from './partial-directory.js';
import type { WorkContext } from './report.js';
import { runStages, type Stage } from './stages.js';
import { plannedMedium } from './target-checks.js';
import {
  type DiscLayout,
  type RootImage,
  rootImageStart,
  throwIfAborted,
  type WriteContext,
  writeChecksums,
  writeDiscMetadata,
  writeFiles,
  writeIncludes,
  writeRootMetadata,
} from './write-disc.js';
import { writeParts } from './write-parts.js';

/** A disc that is laid out, and what goes onto it. */
export interface DiscJob {
  readonly recipe: Recipe;
  readonly layout: DiscLayout;
  readonly image: RootImage;
  readonly source: Source;
  /** Where root.img is compressed: the file and its bytes, before it is made the most it can have. */
  readonly packed?: { readonly path: string; readonly size: number };
  /** Where the disc has a compressed copy of what a boot reads. */
  readonly hot?: HotCopyJob;
}

export interface HotCopyJob {
  /** Of root.img, from its start on. */
  readonly bytes: number;
  /** The layout for so many bytes of the copy; up to root.img, all have the same. */
  readonly layoutWith: (size: number) => Promise<DiscLayout>;
}

/**
 * The job, laid out: with a compressed copy of what a boot reads, where there is that, and room for the copy.
 * @param hotBytes of root.img, from its start on; 0 where no copy is wanted.
 * @param layoutWith the layout for so many bytes of the copy.
 */
export async function layOutJob(
  job: Omit<DiscJob, 'layout' | 'hot'>,
  hotBytes: number,
  layoutWith: HotCopyJob['layoutWith'],
): Promise<DiscJob> {
  if (hotBytes > 0) {
    const layout = await layoutWith(mostHotCopyBytes(hotBytes));
    const contents = { root: job.image.root, includes: layout.includes };
    const medium = plannedMedium(job.recipe, discBytes(layout), contents);
    const fits = medium === undefined || medium.left >= 0;
    if (fits) return { ...job, layout, hot: { bytes: hotBytes, layoutWith } };
  }
  return { ...job, layout: await layoutWith(0) };
}

/** Of the whole disc. */
export function discBytes({ disc }: DiscLayout): number {
  return disc.iso.totalBlocks * ISO_BLOCK;
}

/** The pipeline that writes the disc: a dry run prints the titles, a build runs the tasks. */
export function discStages(job: DiscJob): Stage<WriteContext>[] {
  const { recipe, layout, image } = job;
  const { disc, includes } = layout;
  const included = includes.reduce((sum, { source }) => sum + source.dataBytes, 0);
  const checksummed =
    disc.checksums === undefined ? 0 : disc.iso.extent(disc.checksums.file).lba * ISO_BLOCK;
  const later: (Stage<WriteContext> & { readonly enabled: boolean })[] = [
    {
      title: 'Writing included files',
      enabled: includes.length > 0,
      bytes: included,
      run: (context) => writeIncludes(context),
    },
    {
      title: 'Making checksums',
      enabled: recipe.checksums,
      bytes: checksummed,
      run: (context) => writeChecksums(context),
    },
    {
      title: 'Writing the parts',
      enabled: recipe.parts !== undefined,
      bytes: (job.packed?.size ?? image.ext2.storedBlocks * EXT2_BLOCK) + layout.initrd.length,
      run: (context) => writeParts(context),
    },
    {
      title: 'Waiting for the disk',
      enabled: true,
      run: async ({ output, parts }) => {
        await output.finish();
        await parts?.finish();
      },
    },
  ];
  return [...rootStages(job), ...later.filter(({ enabled }) => enabled)];
}

function rootStages({ layout, image, source, packed, hot }: DiscJob): Stage<WriteContext>[] {
  if (packed !== undefined) {
    return [
      {
        title: 'Writing the disc',
        bytes: packed.size,
        run: async (context) => {
          writeDiscMetadata(layout, context.output);
          await writePackedRoot(layout, image, packed.path, context);
        },
      },
    ];
  }
  const start = rootImageStart(layout);
  return [
    {
      title: 'Writing file system metadata',
      run: async (context) => {
        if (hot === undefined) writeDiscMetadata(layout, context.output);
        writeRootMetadata(image, start, context);
      },
    },
    {
      title: 'Writing the root file system',
      bytes: source.dataBytes,
      run: (context) => writeFiles(image, start, source, context),
    },
    ...(hot === undefined ? [] : [hotCopyStage(hot, image, start)]),
  ];
}

/** What lies behind the copy, and what names its size, has to wait for it. */
function hotCopyStage(
  { bytes, layoutWith }: HotCopyJob,
  { ext2 }: RootImage,
  start: number,
): Stage<WriteContext> {
  return {
    title: 'Compressing what a boot reads',
    bytes,
    run: async (context) => {
      const at = start + ext2.storedBlocks * EXT2_BLOCK;
      const layout = await layoutWith(await writeHotCopy({ start, bytes, at }, context));
      await context.output.resize(discBytes(layout));
      writeDiscMetadata(layout, context.output);
      context.layout = layout;
    },
  };
}

/**
 * @returns the bytes of the disc.
 * @throws SnapdiscError `output.*`, `interrupted.signal`; then nothing is left.
 */
export async function writeDisc(job: DiscJob, context: WorkContext): Promise<number> {
  const { recipe, layout } = job;
  throwIfAborted(context.signal);
  const output = await OutputFile.create(recipe.output, discBytes(layout));
  let parts: PartialDirectory | undefined;
  try {
    if (recipe.parts !== undefined) parts = await PartialDirectory.create(recipe.parts);
    const writing: WriteContext = { ...context, output, parts, layout };
    await runStages(discStages(job), writing);
    return discBytes(writing.layout);
  } catch (error) {
    await output.discard();
    await parts?.discard();
    throw error;
  }
}
