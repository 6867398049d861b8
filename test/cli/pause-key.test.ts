import { PassThrough } from 'node:stream';
import test from 'ava';
import { withPauseKey } from '../../src/cli/pause-key.js';
import { SimulatedDrive } from '../../src/optical/simulated-drive.js';

/** A process with a name as awkward as they come, in this group, and the group that has its terminal. */
const stat = (group: number, terminal: number, foreground: number) =>
  `42 (a) b (c) S 1 ${group} 7 ${terminal} ${foreground} 4194304 0`;

function setUp(isTTY: boolean) {
  let own = stat(42, 34816, 42);

  const stdin = Object.assign(new PassThrough(), { isTTY });
  const readAt = async (_: number, length: number) => Buffer.alloc(length);
  const drive = new SimulatedDrive({ size: 10_000, readAt, delays: false });
  const said: string[] = [];
  const enter = async () => {
    stdin.write('\n');
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const run = (work: () => Promise<void>) =>
    withPauseKey(
      { stdin },
      drive,
      (line) => said.push(line),
      work,
      () => own,
    );
  /** As a shell's bg, or fg. */
  const moveTo = (foreground: number) => {
    own = stat(42, 34816, foreground);
    process.emit('SIGCONT', 'SIGCONT');
  };
  return { drive, said, enter, run, moveTo };
}

test('Enter pauses the recording and resumes it', async (t) => {
  const { drive, said, enter, run } = setUp(true);
  await run(async () => {
    await drive.read(0, 1);
    await enter();
    await drive.read(2000, 1);
    await enter();
    await drive.read(4000, 1);
  });
  t.deepEqual(
    drive.log.map(({ offset }) => offset),
    [0, 4000],
  );
  t.deepEqual(said.slice(1), ['Paused.', 'Recording.']);
  await enter();
  t.true(drive.isLogging);
});

test('in the background the terminal is left alone', async (t) => {
  const { drive, said, enter, run, moveTo } = setUp(true);
  await run(async () => {
    moveTo(7);
    await enter();
    t.true(drive.isLogging);
    moveTo(42);
    await enter();
    t.deepEqual(said.slice(1), ['Paused.', 'Recording.']);
  });
  moveTo(7);
  said.length = 0;
  await run(enter);
  t.deepEqual(said, []);
});

test('input that is no terminal is left alone', async (t) => {
  const { drive, said, enter, run } = setUp(false);
  await run(async () => {
    await enter();
    t.true(drive.isLogging);
  });
  t.deepEqual(said, []);
});

test('what fails fails', async (t) => {
  const { run } = setUp(true);
  const failing = run(async () => {
    throw new Error('gone');
  });
  await t.throwsAsync(failing, { message: 'gone' });
});
