import { type FileHandle, open } from 'node:fs/promises';
import { Command } from 'commander';
import { SnapdiscError } from '../errors.js';
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
  const file = await openImage(path);
  try {
    return await inspectImage((offset, length) => readAt(file, offset, length));
  } finally {
    await file.close();
  }
}

async function openImage(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    if (!(await file.stat()).isDirectory()) return file;
    await file.close();
  } catch (error) {
    throw new SnapdiscError('image.missing', `The disc ${path} cannot be read.`, {
      hint: 'Give the path of a disc image; snapdisc build makes one.',
      cause: error,
    });
  }
  throw new SnapdiscError('image.missing', `${path} is a directory, not a disc image.`);
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
