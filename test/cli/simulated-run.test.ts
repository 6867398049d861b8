import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { main } from '../../src/cli/main.js';
import { type SimulatedDriveFlags, simulatedRun } from '../../src/cli/simulated-drive-flags.js';
import { withSimulatedDrive } from '../../src/cli/simulated-run.js';
import { SnapdiscError } from '../../src/errors.js';
import { parseReadLog } from '../../src/optical/read-log.js';
import { RawClient } from '../nbd/client.js';
import { fakeServices } from './fixtures/fake-services.js';
import { fakeTerminal } from './fixtures/fake-terminal.js';

async function discFile(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'snapdisc-run-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const disc = join(folder, 'live.iso');
  await writeFile(disc, Buffer.alloc(4_000_000, 7));
  return { folder, disc };
}

function wanted(disc: string, flags: Partial<SimulatedDriveFlags>, terminal = fakeTerminal()) {
  const run = simulatedRun(disc, { drive: 'ide', ...flags }, terminal);
  if (run === undefined) throw new Error('no simulated drive');
  return { run, terminal };
}

/** A machine that reads these places of its disc, and what it got: an error number for each. */
async function reading(socket: string, offsets: readonly number[]) {
  const client = await RawClient.connect(socket);
  await client.negotiate();
  const errors: unknown[] = [];
  for (const offset of offsets) {
    errors.push((await client.request(0, BigInt(offset), 2048))?.error);
  }
  client.close();
  return errors;
}

const socketOf = (disc: unknown) => (disc as { nbdSocket: string }).nbdSocket;

test('without its flags there is no simulated drive; with one the machine has its socket', async (t) => {
  t.is(simulatedRun('live.iso', { drive: 'ide' }, fakeTerminal()), undefined);
  const terminal = fakeTerminal();
  const argv = ['run', 'live.iso', '-n', '--slow-drive'];
  t.is(await main(argv, { terminal, services: fakeServices() }), 0);
  t.regex(terminal.stdout.text, /"driver":"nbd","server":\{"type":"unix","path":"SOCKET"\}/);
});

test('only --slow-drive and --slowness wait', (t) => {
  t.like(wanted('a', { slowDrive: true }).run, { delays: true, faults: { slowness: 1 } });
  t.like(wanted('a', { slowness: '2.5' }).run, { delays: true, faults: { slowness: 2.5 } });
  t.like(wanted('a', { badSectors: '16-17' }).run, {
    delays: false,
    faults: { bad: [{ start: 32768, end: 36864 }] },
  });
  t.like(wanted('a', { badSectors: '3' }).run.faults, { bad: [{ start: 6144, end: 8192 }] });
});

test('wrong values are reported together', (t) => {
  const flags = { drive: 'usb', slowness: '0', pullAfter: 'soon', badSectors: '9-3' } as const;
  const error = t.throws(() => simulatedRun('a', flags, fakeTerminal()), {
    instanceOf: SnapdiscError,
    code: 'usage.drive',
  });
  for (const part of ['--drive=usb', '--slowness is "0"', '"soon"', '"9-3"']) {
    t.true(error.message.includes(part), part);
  }
});

test('after the run the drive is told of: words, plot, log and image', async (t) => {
  const { folder, disc } = await discFile(t);
  const files = { driveLog: join(folder, 'log'), headPath: join(folder, 'path.svg') };
  const { run, terminal } = wanted(disc, { ...files, badSectors: '100' });
  await withSimulatedDrive(disc, run, async (inserted) => {
    t.deepEqual(await reading(socketOf(inserted), [0, 2048, 204_800, 3_000_000]), [0, 0, 5, 0]);
  });
  t.regex(terminal.stderr.text, /^The drive: 4 requests, 0\.0 MB, 1 head moves, 1 short skips, /);
  t.regex(terminal.stderr.text, /\n *3 MB │/);
  t.deepEqual(
    parseReadLog(await readFile(files.driveLog, 'utf8')).reads.map(({ offset }) => offset),
    [0, 2048, 204_800, 3_000_000],
  );
  t.regex(await readFile(files.headPath, 'utf8'), /^<svg [\s\S]*live\.iso<\/title>/);
});

test('a disc that is pulled cannot be read any more', async (t) => {
  const { disc } = await discFile(t);
  const { run } = wanted(disc, { pullAfter: '0.3', quiet: true });
  await withSimulatedDrive(disc, run, async (inserted) => {
    const errors: unknown[] = [];
    while (errors.at(-1) !== 5) errors.push(...(await reading(socketOf(inserted), [0])));
    t.deepEqual(new Set(errors.slice(0, -1)), new Set(errors.length > 1 ? [0] : []));
    t.deepEqual(await reading(socketOf(inserted), [0]), [5]);
  });
});

test('a machine that fails is told of too; -q says nothing', async (t) => {
  const { disc } = await discFile(t);
  const { run, terminal } = wanted(disc, { slowDrive: true });
  const failing = withSimulatedDrive(disc, run, async () => {
    throw new SnapdiscError('vm.failed', 'It failed.');
  });
  await t.throwsAsync(failing, { code: 'vm.failed' });
  t.regex(terminal.stderr.text, /^The drive: 0 requests/);
  const quiet = wanted(disc, { slowDrive: true, quiet: true });
  await withSimulatedDrive(disc, quiet.run, async () => {});
  t.is(quiet.terminal.stderr.text, '');
});

test('a log that exists is replaced only if forced', async (t) => {
  const { folder, disc } = await discFile(t);
  const driveLog = join(folder, 'log');
  await writeFile(driveLog, 'old');
  const { run } = wanted(disc, { driveLog });
  const idle = withSimulatedDrive(disc, run, async () => t.fail('it was switched on'));
  await t.throwsAsync(idle, { code: 'output.exists' });
  t.is(await readFile(driveLog, 'utf8'), 'old');
  const forced = wanted(disc, { driveLog, force: true });
  await withSimulatedDrive(disc, forced.run, async () => {});
  t.not(await readFile(driveLog, 'utf8'), 'old');
});

test('files that cannot be written and discs that are none are errors', async (t) => {
  const { disc } = await discFile(t);
  const { run } = wanted(disc, { driveLog: '/nonexistent/log' });
  const other = wanted(disc, { slowDrive: true });
  await t.throwsAsync(
    withSimulatedDrive(disc, run, async () => t.fail('it was switched on')),
    { code: 'output.no-directory' },
  );
  await t.throwsAsync(
    withSimulatedDrive('/nonexistent.iso', other.run, async () => {}),
    { code: 'image.missing' },
  );
});
