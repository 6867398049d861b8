import { Command } from 'commander';
import { openDiscImage } from '../disc-image.js';
import type { Context } from './context.js';
import { type Inspection, inspectImage } from './inspection.js';
import { inspectionLines } from './inspection-text.js';
import { writeLine } from './terminal.js';

const EXAMPLES = `Examples:
  snapdisc inspect live.iso
  snapdisc inspect live.iso --json
`;

/** `snapdisc inspect`: what is on a disc. */
export function inspectCommand({ terminal: { stdout } }: Context): Command {
  const command = new Command('inspect')
    .description('Show what is on a disc: volume, boot entries, files, root filesystem.')
    .argument('<disc>', 'the disc image, or a drive with the disc in it')
    .addHelpText('before', EXAMPLES)
    .option('--json', 'print it, or the failure, as JSON');
  return command.action(async (disc: string) => {
    const inspection = await inspectFile(disc);
    const asJson = command.getOptionValue('json') === true;
    const text = asJson
      ? JSON.stringify(inspection, null, 2)
      : inspectionLines(inspection).join('\n');
    writeLine(stdout, text);
  });
}

/**
 * Inspects a file or device.
 * @throws SnapdiscError `image.missing`, `image.*`
 */
export async function inspectFile(path: string): Promise<Inspection> {
  const disc = await openDiscImage(path);
  try {
    return await inspectImage(disc.readAt);
  } finally {
    await disc.close();
  }
}
