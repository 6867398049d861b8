import { join } from 'node:path';
import { type BootFiles, readBootFiles } from '../bootloader/boot-files.js';
import { cacheFolder, rememberingCompressor } from '../initrd/compression-cache.js';
import { compressor } from '../initrd/compressor.js';
import { findKernel, type Kernel } from '../initrd/kernel.js';
import { type PackedInitrd, packInitrd, planInitrd } from '../initrd/plan-initrd.js';
import { sourceView } from '../initrd/root-view.js';
import { readTemplates } from '../initrd/templates.js';
import { defaultProfile } from '../profile/default-profile.js';
import { hotRanges } from '../profile/hot-ranges.js';
import { discFilesInOrder, type Profile } from '../profile/profile.js';
import { readProfile } from '../profile/profile-files.js';
import type { Recipe } from '../recipe/recipe.js';
import { isRunningSystem } from '../rootfs/directory/running-system.js';
import { EXT2_BLOCK, ISO_BLOCK } from '../units.js';
import { checkOutputs } from './check-outputs.js';
import { creationTime } from './creation-time.js';
import { describePlan, type Stage } from './describe-plan.js';
import { checkIncludes, type DiscInclude, openInclude } from './disc-include.js';
import { INITRD_PATH, KERNEL_PATH, ROOT_IMAGE_PATH } from './disc-paths.js';
import { discIdentity } from './identity.js';
import { kernelParameters } from './kernel-parameters.js';
import { type DiscPlaces, type LiveFacts, liveConf, originTable } from './live-settings.js';
import { OutputFile } from './output-file.js';
import { PartialDirectory } from './partial-directory.js';
import type { PreparedBuild } from './plan.js';
import { type PlannedDisc, planDisc, planRootImage } from './plan-disc.js';
import { type PreparedRootfs, prepareRootfs } from './prepare-rootfs.js';
import type { Reporter } from './report.js';
import { readSortFile, type SortRule } from './sort-file.js';
import { checkTargetArch, mediumProblem } from './target-checks.js';
import { plannedTools } from './tools.js';
import {
  type DiscLayout,
  throwIfAborted,
  writeChecksums,
  writeFiles,
  writeIncludes,
  writeMetadata,
} from './write-disc.js';
import { writeParts } from './write-parts.js';

/** Seconds the boot menu waits before it starts the live system. */
const MENU_SECONDS = 5;

/**
 * Checks a recipe's inputs and lays the disc out: source → tree → plan. Nothing is written.
 * @throws SnapdiscError of every family but `vm`.
 */
export async function prepareBuild(
  recipe: Recipe,
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<PreparedBuild> {
  const started = performance.now();
  const created = creationTime(process.env.SOURCE_DATE_EPOCH, Date.now());
  const included = recipe.discInclude.map(({ from }) => from);
  await checkIncludes(included);
  // Of the running system its own disc is left out.
  const read = (await isRunningSystem(recipe.source)) ? included : [recipe.source, ...included];
  await checkOutputs(recipe, read);
  const bootFiles = await readBootFiles({
    label: recipe.label,
    kernelPath: `/${KERNEL_PATH}`,
    initrdPath: `/${INITRD_PATH}`,
    append: kernelParameters(recipe),
    serial: recipe.serial,
    timeoutSeconds: MENU_SECONDS,
    isolinuxDir: recipe.isolinuxDir,
  });
  const profile = recipe.profile === undefined ? undefined : await readProfile(recipe.profile);
  const sortRules = recipe.sort === undefined ? [] : await readSortFile(recipe.sort);
  const rootfs = await prepareRootfs(recipe, created, reporter, signal);
  const includes: DiscInclude[] = [];
  const close = async () => {
    await Promise.all([rootfs, ...includes].map(({ source }) => source.close()));
  };
  try {
    throwIfAborted(signal);
    for (const include of recipe.discInclude) includes.push(await openInclude(include, signal));
    return {
      ...(await layOut({
        recipe,
        reporter,
        signal,
        started,
        created,
        bootFiles,
        profile,
        sortRules,
        rootfs,
        includes,
      })),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  } finally {
    reporter.done();
  }
}

interface Inputs {
  readonly recipe: Recipe;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
  /** performance.now() when the build began. */
  readonly started: number;
  /** Unix seconds. */
  readonly created: number;
  readonly bootFiles: BootFiles;
  /** The recipe's; without one, that of a plain Debian takes its place. */
  readonly profile: Profile | undefined;
  readonly sortRules: readonly SortRule[];
  readonly rootfs: PreparedRootfs;
  readonly includes: readonly DiscInclude[];
}

async function layOut(inputs: Inputs): Promise<Pick<PreparedBuild, 'plan' | 'run'>> {
  const { recipe, reporter, signal, started, created, bootFiles, profile, rootfs, includes } =
    inputs;
  const includeWarnings = includes.flatMap(({ source: each }) => each.warnings);
  const { source } = rootfs;
  reporter.stage('Making the initrd');
  const { kernel, initrd, notes } = await makeInitrd(inputs);

  throwIfAborted(signal);
  reporter.stage('Laying out the disc');
  const identity = discIdentity(source.root, recipe);
  const fit = hotRanges(profile ?? (await defaultProfile(kernel.arch)), source.root);
  const ext2 = planRootImage(source.root, recipe, identity, created, fit.ranges);
  const facts: LiveFacts = {
    uuid: identity.uuid,
    rootFile: ROOT_IMAGE_PATH,
    imageBlocks: ext2.imageBlocks,
    templateBlocks: ext2.storedBlocks - ext2.imageBlocks,
    totalBlocks: ext2.totalBlocks,
    hotBlocks: profile === undefined ? 0 : ext2.hotBlocks,
    hotMetadataBlocks: ext2.hotMetadataBlocks,
    originSegments: ext2.originSegments,
  };
  const initrdWith = (places: DiscPlaces) =>
    initrd.withConfiguration({
      'etc/live.conf': liveConf(recipe, facts, places),
      'etc/origin.table': originTable(facts.originSegments),
    });
  const parts = {
    bootFiles,
    kernel: kernel.image,
    initrdSize: (await initrdWith({ rootLba: 0 })).length,
    rootImageSize: ext2.storedBlocks * EXT2_BLOCK,
    includes,
    readOrder: profile === undefined ? [] : discFilesInOrder(profile),
    sortRules: inputs.sortRules,
  };
  const disc = planDisc(recipe, parts, identity, created);
  const layout: DiscLayout = {
    disc,
    ext2,
    root: source.root,
    initrd: await initrdWith(placesOn(disc)),
    includes,
  };
  const stages = stagesOf(layout, inputs);
  const tools = await plannedTools(source.description, recipe);
  const plan = describePlan({
    ...{ recipe, rootfs, kernel, identity, layout, stages, tools, fit },
    notes: [...includeWarnings, ...notes],
  });
  // The user may take time to look at the plan: that is not the build's.
  const planned = performance.now() - started;
  const run = async (runSignal?: AbortSignal) => {
    const problem = mediumProblem(plan.medium);
    if (problem !== undefined) throw problem;
    const begun = performance.now();
    await writeDisc(layout, stages, inputs, runSignal);
    const seconds = (planned + performance.now() - begun) / 1000;
    return { output: recipe.output, size: plan.sizes.iso, seconds };
  };
  return { plan, run };
}

function placesOn({ iso, rootImage, checksums }: PlannedDisc): DiscPlaces {
  return {
    rootLba: iso.extent(rootImage).lba,
    checksums: checksums === undefined ? undefined : iso.extent(checksums.file),
  };
}

async function makeInitrd({ recipe, rootfs, signal }: Inputs): Promise<{
  kernel: Kernel;
  initrd: PackedInitrd;
  notes: readonly string[];
}> {
  const view = sourceView(rootfs.source);
  const kernel = await findKernel(view, recipe.kernel);
  checkTargetArch(kernel, recipe);
  const plan = await planInitrd(view, {
    kernel,
    templates: await readTemplates(),
    modules: recipe.initrdModules,
    includes: recipe.initrdIncludes,
    hooks: recipe.initrdHooks,
  });
  const cache = cacheFolder(process.env);
  const making = compressor(signal);
  const remembering =
    cache === undefined ? making : rememberingCompressor(making, join(cache, 'initrd'));
  return { kernel, initrd: await packInitrd(plan, remembering), notes: plan.notes };
}

/** The pipeline that writes: a dry run prints the titles, a build runs the tasks. */
function stagesOf(layout: DiscLayout, { recipe, rootfs, includes }: Inputs): Stage[] {
  const { disc } = layout;
  const included = includes.reduce((sum, { source }) => sum + source.dataBytes, 0);
  const checksummed =
    disc.checksums === undefined ? 0 : disc.iso.extent(disc.checksums.file).lba * ISO_BLOCK;
  const all: Stage[] = [
    {
      title: 'Writing file system metadata',
      enabled: true,
      run: async (context) => writeMetadata(layout, context),
    },
    {
      title: 'Writing the root file system',
      enabled: true,
      bytes: rootfs.source.dataBytes,
      run: (context) => writeFiles(layout, rootfs.source, context),
    },
    {
      title: 'Writing included files',
      enabled: includes.length > 0,
      bytes: included,
      run: (context) => writeIncludes(layout, context),
    },
    {
      title: 'Making checksums',
      enabled: recipe.checksums,
      bytes: checksummed,
      run: (context) => writeChecksums(layout, context),
    },
    {
      title: 'Writing the parts',
      enabled: recipe.parts !== undefined,
      bytes: layout.ext2.storedBlocks * EXT2_BLOCK + layout.initrd.length,
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
  return all.filter(({ enabled }) => enabled);
}

async function writeDisc(
  { disc }: DiscLayout,
  stages: readonly Stage[],
  { recipe, reporter }: Inputs,
  signal?: AbortSignal,
): Promise<void> {
  throwIfAborted(signal);
  const output = await OutputFile.create(recipe.output, disc.iso.totalBlocks * ISO_BLOCK);
  let parts: PartialDirectory | undefined;
  try {
    if (recipe.parts !== undefined) parts = await PartialDirectory.create(recipe.parts);
    for (const { title, bytes, run } of stages) {
      throwIfAborted(signal);
      reporter.stage(title, bytes);
      await run({ output, parts, reporter, signal });
    }
  } catch (error) {
    await output.discard();
    await parts?.discard();
    throw error;
  } finally {
    reporter.done();
  }
}
