/** What tests of compressed files need. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { run } from '../../../src/process.js';
import { temporaryFolder } from './unpack.js';

const XZ = { program: 'xz', purpose: 'judges', debianPackage: 'xz-utils' };

/** How `content` is packed, as xz itself says: xz(1), "ROBOT MODE". */
export async function xzLayout(t: ExecutionContext, content: Uint8Array) {
  const file = join(await temporaryFolder(t), 'packed.xz');
  await writeFile(file, content);
  const listed = (await run(XZ, ['--robot', '-lvv', file])).toString().split('\n');
  const line = (kind: string) => listed.find((each) => each.startsWith(`${kind}\t`))?.split('\t');
  return { blocks: line('file')?.[2], check: line('file')?.[6], filters: line('block')?.at(-1) };
}

/** Until the test ends, no program is found. Only for tests that run alone. */
export function hidePrograms(t: ExecutionContext): void {
  const { PATH = '' } = process.env;
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = '/nowhere';
}
