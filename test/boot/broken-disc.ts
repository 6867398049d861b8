import { access, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { converse } from '../../src/process.js';

const NBDKIT = { program: 'nbdkit', purpose: 'serves broken discs', debianPackage: 'nbdkit' };
const SECONDS_TO_START = 20;

/** Bytes of the disc that cannot be read. */
export interface BadPlace {
  readonly at: number;
  readonly size: number;
}

/** Serves `iso` as a drive would that cannot read one place of it. Ends with the test. */
export async function brokenDisc(
  t: ExecutionContext,
  iso: string,
  { at, size }: BadPlace,
): Promise<{ nbdSocket: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  // The log of a ddrescue(1) that failed there: position, size, "+" for read, "-" for not.
  const map = join(folder, 'map');
  const whole = (await stat(iso)).size;
  const line = (from: number, length: number, how: string) =>
    `${hex(from)} ${hex(length)} ${how}\n`;
  const behind = at + size;
  const places = line(0, at, '+') + line(at, size, '-') + line(behind, whole - behind, '+');
  await writeFile(map, `${hex(whole)} +\n${places}`);
  const nbdSocket = join(folder, 'socket');
  const server = converse(NBDKIT, [
    ...['--foreground', '--readonly', '--unix', nbdSocket, '--filter=ddrescue'],
    ...['file', iso, `ddrescue-mapfile=${map}`],
  ]);
  t.teardown(async () => {
    server.kill();
    await server;
  });
  for (let waited = 0; waited < SECONDS_TO_START; waited += 0.1) {
    const ready = await access(nbdSocket).then(
      () => true,
      () => false,
    );
    if (ready) return { nbdSocket };
    await setTimeout(100);
  }
  throw new Error(`nbdkit does not serve ${iso}`);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
