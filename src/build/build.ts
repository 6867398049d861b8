import { join } from 'node:path';
import { type BootFiles, readBootFiles } from '../bootloader/boot-files.js';
import { cacheFolder } from '../cache-folder.js';
import { rememberingCompressor } from '../initrd/compression-cache.js';
import { compressor } from '../initrd/compressor.js';
import { findKernel, type Kernel } from '../initrd/kernel.js';
import { type PackedInitrd, packInitrd, planInitrd } from '../initrd/plan-initrd.js';
import { sourceView } from '../initrd/root-view.js';
import { readTemplates } from '../initrd/templates.js';
import { mostPackedBytes } from '../packed-root/compression.js';
import { discFilesInOrder, type Profile } from '../profile/profile.js';
import { readProfile } from '../profile/profile-files.js';
import { outputsOf, type Recipe } from '../recipe/recipe.js';
import { EXT2_BLOCK } from '../units.js';
import { checkOutputs } from './check-outputs.js';
import { creationTime } from './creation-time.js';
import { describePlan } from './describe-plan.js';
import { checkIncludes, type DiscInclude, openInclude } from './disc-include.js';
import {
  INITRD_PATH,
  KERNEL_PATH,
  PACKED_ROOT_PATHS,
  ROOT_IMAGE_PATH,
  SUPERBLOCK_PATH,
} from './disc-paths.js';
import { type DiscJob, discBytes, discStages, layOutJob, writeDisc } from './disc-stages.js';
import { hotRegion } from './hot-region.js';
import { discIdentity, formatUuid } from './identity.js';
import { kernelParameters } from './kernel-parameters.js';
import { type DiscPlaces, type LiveFacts, liveConf, originTable } from './live-settings.js';
import {
  checkPacker,
  compressionFor,
  type PackPlan,
  packStages,
  withPackedRoot,
} from './packed-root.js';
import type { BuildPlan, BuildResult, PlannedMedium, PreparedBuild } from './plan.js';
import { type PlannedDisc, planDisc, planRootImage } from './plan-disc.js';
import { type PreparedRootfs, prepareRootfs } from './prepare-rootfs.js';
import type { Reporter } from './report.js';
import { readSortFile, type SortRule } from './sort-file.js';
import { checkTargetArch, mediumProblem, plannedMedium } from './target-checks.js';
import { plannedTools } from './tools.js';
import { type DiscLayout, throwIfAborted } from './write-disc.js';

/** Seconds the boot menu waits before it starts the live system. */
const MENU_SECONDS = 5;

/**
 * Checks a recipe's inputs and lays the disc out: source → tree → plan. Nothing is written.
 * @param outputs what this build writes, and those it is one of: a disc of the running system has none of it.
 * @throws SnapdiscError of every family but `vm`.
 */
export async function prepareBuild(
  recipe: Recipe,
  reporter: Reporter,
  signal?: AbortSignal,
  outputs: readonly string[] = outputsOf(recipe),
): Promise<PreparedBuild> {
  const started = performance.now();
  const created = creationTime(process.env.SOURCE_DATE_EPOCH, Date.now());
  await checkIncludes(recipe.discInclude.map(({ from }) => from));
  await checkPacker(recipe);
  await checkOutputs(recipe);
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
  const rootfs = await prepareRootfs(recipe, { created, outputs }, { reporter, signal });
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
  const { fit, ranges } = await hotRegion(profile, kernel.arch, rootfs);
  const identity = discIdentity(source.root, recipe, ranges);
  const ext2 = planRootImage(source.root, recipe, identity, created, ranges);
  const image = { ext2, root: source.root };
  const compression = await compressionFor(recipe, sourceView(source), kernel);
  const rootFile =
    compression === undefined ? ROOT_IMAGE_PATH : PACKED_ROOT_PATHS[compression.format];
  const facts: LiveFacts = {
    uuid: identity.uuid,
    rootFile,
    superblockFile: compression === undefined ? rootFile : SUPERBLOCK_PATH,
    imageBlocks: ext2.imageBlocks,
    templateBlocks: ext2.storedBlocks - ext2.imageBlocks,
    totalBlocks: ext2.totalBlocks,
    hotBlocks: ext2.hotBlocks,
    hasProfile: profile !== undefined,
    hotMetadataBlocks: ext2.hotMetadataBlocks,
    originSegments: ext2.originSegments,
  };
  const initrdWith = (places: DiscPlaces) =>
    initrd.withConfiguration({
      'etc/live.conf': liveConf(recipe, facts, places),
      'etc/origin.table': originTable(facts.originSegments),
    });
  const hotBytes = compression === undefined ? facts.hotBlocks * EXT2_BLOCK : 0;
  const parts = {
    bootFiles,
    kernel: kernel.image,
    initrdSize: (await initrdWith({ rootLba: 0, superblockLba: 0 })).length,
    includes,
    readOrder: profile === undefined ? [] : discFilesInOrder(profile),
    sortRules: inputs.sortRules,
  };
  const layoutWith = async (size: number, hotCopySize = 0): Promise<DiscLayout> => {
    const root = { path: rootFile, size, isPacked: compression !== undefined };
    const disc = planDisc(recipe, { ...parts, root, hotCopySize }, identity, created);
    return { disc, initrd: await initrdWith(placesOn(disc)), includes };
  };
  const pack = compression && {
    ...{ image, source, compression },
    identity: { created, uuid: formatUuid(identity.uuid) },
  };
  const imageBytes = ext2.storedBlocks * EXT2_BLOCK;
  // How small it gets, only packing tells.
  const most = pack === undefined ? imageBytes : mostPackedBytes(imageBytes);
  const job = await layOutJob({ recipe, image, source }, hotBytes, (copySize) =>
    layoutWith(most, copySize),
  );
  const stages =
    pack === undefined
      ? discStages(job)
      : [...packStages(pack), ...discStages({ ...job, packed: { path: '', size: most } })];
  const tools = await plannedTools(source.description, recipe);
  const plan = describePlan({
    ...{ recipe, rootfs, kernel, identity, layout: job.layout, ext2, compression, stages },
    ...{ tools, fit, notes: [...includeWarnings, ...notes, ...copyNotes(hotBytes, job)] },
  });
  // The user may take time to look at the plan: that is not the build's.
  const planned = performance.now() - started;
  const laidOut: LaidOut = { inputs, plan, job, layoutWith, pack, planned };
  return { plan, run: (runSignal) => writeLaidOut(laidOut, runSignal) };
}

function copyNotes(hotBytes: number, { hot }: DiscJob): string[] {
  if (hotBytes === 0 || hot !== undefined) return [];
  return [
    'The medium has no room for a compressed copy of what a boot reads: a drive takes longer for that.',
  ];
}

/** A disc that is planned, and how it is written. */
interface LaidOut {
  readonly inputs: Inputs;
  readonly plan: BuildPlan;
  readonly job: DiscJob;
  /** The layout for so many bytes of root.img, or of what it is compressed in. */
  readonly layoutWith: (size: number) => Promise<DiscLayout>;
  readonly pack: PackPlan | undefined;
  /** Milliseconds that planning took. */
  readonly planned: number;
}

async function writeLaidOut(
  { inputs, plan, job, layoutWith, pack, planned }: LaidOut,
  signal: AbortSignal | undefined,
): Promise<BuildResult> {
  const { recipe, reporter, includes, rootfs } = inputs;
  const { root } = rootfs.source;
  const begun = performance.now();
  const context = { reporter, signal };
  const checkMedium = (medium: PlannedMedium | undefined) => {
    const problem = mediumProblem(medium);
    if (problem !== undefined) throw problem;
  };
  checkMedium(plan.medium);
  let size = discBytes(job.layout);
  try {
    if (pack === undefined) size = await writeDisc(job, context);
    else {
      await withPackedRoot(pack, recipe.output, context, async (path, packedSize) => {
        const layout = await layoutWith(packedSize);
        size = discBytes(layout);
        checkMedium(plannedMedium(recipe, size, { root, includes }));
        await writeDisc({ ...job, layout, packed: { path, size: packedSize } }, context);
      });
    }
  } finally {
    reporter.done();
  }
  const seconds = (planned + performance.now() - begun) / 1000;
  return { output: recipe.output, size, seconds };
}

function placesOn({ iso, rootImage, superblock, hotCopy, checksums }: PlannedDisc): DiscPlaces {
  return {
    rootLba: iso.extent(rootImage).lba,
    superblockLba: iso.extent(superblock).lba,
    hotCopyBytes: hotCopy?.size,
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
    ...(recipe.compress === 'none' ? {} : { packedRoot: recipe.compress }),
    includes: recipe.initrdIncludes,
    hooks: recipe.initrdHooks,
  });
  const cache = cacheFolder(process.env);
  const making = compressor(signal);
  const remembering =
    cache === undefined ? making : rememberingCompressor(making, join(cache, 'initrd'));
  return { kernel, initrd: await packInitrd(plan, remembering), notes: plan.notes };
}
