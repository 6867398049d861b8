import { OutputFile } from './build/output-file.js';

/**
 * Writes a small file; until it is whole, what was there before stays.
 * @throws SnapdiscError `output.full`, `output.busy`, `output.failed`
 */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const file = await OutputFile.create(path, 0, bytes.length);
  try {
    file.write(0, bytes);
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.finish();
}
