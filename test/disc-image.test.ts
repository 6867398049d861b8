import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openDiscImage } from '../src/disc-image.js';
import { GIB } from '../src/units.js';
import { temporaryDirectory } from './ext2/helpers.js';

test('whoever asks for more than the system reads at once gets what is there', async (t) => {
  const path = join(await temporaryDirectory(t), 'a.iso');
  await writeFile(path, 'a disc');
  const { readAt, close } = await openDiscImage(path);
  t.is(Buffer.from(await readAt(2, 3 * GIB)).toString(), 'disc');
  await close();
});
