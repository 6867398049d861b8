import { Command } from 'commander';
import { SnapdiscError } from '../errors.js';
import type { Drive } from '../media/flash/drives.js';
import type { StoreArea } from '../media/flash/store-layout.js';
import { shellCommand } from '../process.js';
import type { Context } from './context.js';
import { formatBytes, formatTable } from './format.js';
import { isInteractive, printWarnings, type Terminal, writeLine } from './terminal.js';
import { withProgress } from './with-progress.js';

const EXAMPLES = `Examples:
  snapdisc flash live.iso                            list removable drives
  snapdisc flash live.iso /dev/sdb
  snapdisc flash live.iso /dev/sdb --persist         keep changes on the stick
  snapdisc flash live.iso sdb sdc --confirm=sdb --confirm=sdc
`;

interface FlashFlags {
  readonly confirm?: readonly string[];
  readonly persist?: boolean;
  readonly verify: boolean;
  readonly quiet?: boolean;
}

/** `snapdisc flash`: a disc image onto sticks. */
export function flashCommand({ terminal }: Context): Command {
  const command = new Command('flash')
    .description('Write a disc onto USB sticks and read it back; without drives, list them.')
    .argument('<disc>', 'the disc image')
    .argument('[drives...]', 'the drives, such as /dev/sdb; what is on them is lost')
    .addHelpText('before', EXAMPLES)
    .option(
      '--confirm <name>',
      'the name of a drive, in place of typing it; repeatable',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--persist', 'keep the changes of the live system on what is left of the stick')
    .option('--no-verify', 'do not read back');
  return command.action(async (image: string, names: readonly string[]) => {
    if (names.length > 0) {
      await flashDisc(image, names, command.optsWithGlobals<FlashFlags>(), terminal);
      return;
    }
    await listSticks(image, terminal);
  });
}

/**
 * Lists the removable drives here, and what to do next.
 * @throws SnapdiscError `image.*` for what cannot be written to any, `tool.*`
 */
async function listSticks(image: string, { stdout, stderr }: Terminal): Promise<void> {
  const { readImageFacts } = await import('../media/image-size.js');
  await readImageFacts(image);
  const { isStick, listDrives } = await import('../media/flash/drives.js');
  const sticks = (await listDrives()).filter(isStick);
  for (const line of driveLines(sticks)) writeLine(stdout, line);
  const [first] = sticks;
  writeLine(
    stderr,
    first === undefined
      ? 'No removable drive is there. Plug a stick in, wait a moment, and run it again.'
      : `Next: ${shellCommand(['snapdisc', 'flash', image, first.path])}`,
  );
}

/**
 * Writes the image over the drives, after their names were typed.
 * @throws SnapdiscError `usage.*`, and what `planFlash` and `flash` throw.
 */
export async function flashDisc(
  image: string,
  names: readonly string[],
  { confirm = [], persist = false, verify, quiet }: FlashFlags,
  terminal: Terminal,
): Promise<void> {
  const { flash, planFlash } = await import('../media/flash/flash.js');
  const plan = await planFlash(image, names, persist);
  const say = (line: string) => {
    if (quiet !== true) writeLine(terminal.stderr, line);
  };
  for (const line of driveLines(plan.drives)) say(line);
  if (!plan.hasBootSector && quiet !== true) {
    printWarnings(
      [`${image} has no boot sector for drives: PCs start from it on a CD, not on a stick.`],
      terminal,
    );
  }
  for (const drive of plan.drives) await confirmDrive(drive, confirm, terminal);
  await withProgress(terminal, quiet, (context) => flash(plan, verify, context));
  for (const { path, store } of plan.drives) {
    if (store === undefined) continue;
    say(`${path} keeps changes: the system that starts from it has ${sizeOf(store)} for them.`);
  }
}

function sizeOf({ sectors }: StoreArea): string {
  return formatBytes(sectors * 512);
}

function driveLines(drives: readonly Drive[]): string[] {
  return formatTable(
    drives.map(({ path, size, model, serial, mounts }) => [
      path,
      formatBytes(size),
      model === '' ? 'no model' : model,
      serial === '' ? 'no serial number' : serial,
      mounts.length === 0 ? '' : `mounted at ${mounts.join(', ')}`,
    ]),
    ['left', 'right'],
  );
}

/** @throws SnapdiscError `usage.confirm`, `interrupted.question` */
async function confirmDrive(
  { name, path }: Drive,
  confirmed: readonly string[],
  terminal: Terminal,
): Promise<void> {
  if (confirmed.includes(name)) return;
  if (!isInteractive(terminal)) {
    throw new SnapdiscError('usage.confirm', `All that is on ${path} would be lost.`, {
      hint: `Say that it is meant: --confirm=${name}`,
    });
  }
  const { createAsker } = await import('../wizard/questions.js');
  const asker = await createAsker(terminal);
  await asker.text(`All that is on ${path} will be lost. Type ${name} to go on`, '', (answer) =>
    answer === name ? true : `That is not ${name}. Ctrl-C leaves.`,
  );
}
