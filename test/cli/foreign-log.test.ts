import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { inspectFile } from '../../src/cli/inspect-command.js';
import { main } from '../../src/cli/main.js';
import { simulatedRun } from '../../src/cli/simulated-drive-flags.js';
import { withSimulatedDrive } from '../../src/cli/simulated-run.js';
import { build, rootfs } from '../build/small-disc.js';
import { temporaryDirectory } from '../ext2/helpers.js';
import { fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

test('a log is not taken for one of the same system on a disc with another order', async (t) => {
  process.env.SOURCE_DATE_EPOCH = '1735689600';
  const folder = await temporaryDirectory(t);
  const sort = join(folder, 'order.txt');
  const source = await rootfs(t);
  const discWith = async (order: string) => {
    await writeFile(sort, order);
    const { iso, plan } = await build(t, source, { sort });
    const { files } = await inspectFile(iso);
    const { extents } = files.find(({ path }) => path === 'live/root.img') ?? {};
    const uuid = plan.ext2.uuid.replaceAll('-', '');
    return { iso, uuid, sector: (extents?.[0]?.block ?? 0) * 4 };
  };
  const disc = await discWith('live/initrd.img 10\n');
  const other = await discWith('live/root.img 10\n');
  t.is(disc.uuid, other.uuid);
  t.not(disc.sector, other.sector);

  const [trace, output] = [join(folder, 'boot.trace'), join(folder, 'boot.profile')];
  const read = `[    1.500000] block_rq_issue: 11,0 R 524288 () ${disc.sector} + 1024 [sh]\n`;
  await writeFile(trace, `live: trace of 11:0 ${disc.uuid} ${disc.sector}\n${read}`);
  const driveLog = join(folder, 'drive.log');
  const run = simulatedRun(disc.iso, { drive: 'ide', driveLog }, fakeTerminal());
  if (run === undefined) throw new Error('no simulated drive');
  await withSimulatedDrive(disc.iso, run, async () => {});
  await appendFile(driveLog, `1.500 ${disc.sector * 512} 524288 sequential 0\n`);
  const profileOf = async (iso: string, log: string) => {
    const terminal = fakeTerminal();
    const argv = ['profile', iso, '--from', log, '-fo', output];
    const exitCode = await main(argv, { terminal, services: fakeServices() });
    return { exitCode, stderr: terminal.stderr.text };
  };
  for (const log of [trace, driveLog]) {
    const made = await profileOf(disc.iso, log);
    t.is(made.exitCode, 0, made.stderr);
    t.regex(await readFile(output, 'utf8'), /^1\.500 inode - \/$/m);
    const refused = await profileOf(other.iso, log);
    t.is(refused.exitCode, 2);
    t.regex(refused.stderr, /The log is of another disc, or another build of it/);
    const places = [disc, other].map(({ sector }) => sector * 512);
    t.true(refused.stderr.includes(`began at byte ${places.join(', and on this one at byte ')}.`));
  }
});
