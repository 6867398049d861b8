import test from 'ava';
import { headPath } from '../../src/optical/head-path.js';
import { insertDisc } from '../../src/optical/insert-disc.js';
import { SimulatedDrive } from '../../src/optical/simulated-drive.js';

const DISC = Buffer.from(Array.from({ length: 4_000_000 }, (_, index) => index % 251));
const readAt = async (offset: number, length: number) => DISC.subarray(offset, offset + length);

function drive(options: Partial<ConstructorParameters<typeof SimulatedDrive>[0]> = {}) {
  return new SimulatedDrive({ size: DISC.length, readAt, delays: false, ...options });
}

test('it gives what is on the disc and logs each read', async (t) => {
  const simulated = drive();
  t.deepEqual(await simulated.read(2048, 4096), DISC.subarray(2048, 6144));
  t.deepEqual(await simulated.read(3_000_000, 10), DISC.subarray(3_000_000, 3_000_010));
  t.like(simulated.log[0], { offset: 2048, length: 4096, approach: 'skip', failed: false });
  t.like(simulated.log[1], { offset: 3_000_000, length: 10, approach: 'move' });
  t.true((simulated.log[1]?.time ?? -1) >= (simulated.log[0]?.time ?? 0));
  t.like(simulated.totals, { requests: 2, bytes: 4106, headMoves: 1, shortSkips: 1 });
});

test('reads that are not logged count all the same', async (t) => {
  const simulated = drive();
  simulated.isLogging = false;
  await simulated.read(0, 10);
  simulated.isLogging = true;
  await simulated.read(10, 10);
  t.is(simulated.log.length, 1);
  t.is(simulated.totals.requests, 2);
});

/** A clock whose timers are late by `lateness` ms, and in which nothing else takes time. */
function lateClock(lateness: number) {
  let now = 1000;
  return {
    now: () => now,
    sleep: async (milliseconds: number) => {
      now += milliseconds + lateness;
    },
  };
}

test('with delays reads take as long as the model says, however late timers are', async (t) => {
  for (const lateness of [0, 0.4, 1.3, 15]) {
    const clock = lateClock(lateness);
    const simulated = drive({ delays: true, clock });
    const start = clock.now();
    // Most of them are shorter than a timer can wait.
    for (let offset = 0; offset < 1_000_000; offset += 2000) await simulated.read(offset, 2000);
    await simulated.read(0, 2000);
    const error = clock.now() - start - simulated.totals.seconds * 1000;
    t.true(simulated.totals.seconds > 0.35);
    t.true(error > -1 && error <= lateness + 0.001, `${error} ms with ${lateness} ms`);
  }
});

test('what the machine does between two reads is not taken off their time', async (t) => {
  const clock = lateClock(2);
  const simulated = drive({ delays: true, clock });
  await simulated.read(0, 36_000);
  await clock.sleep(500);
  const start = clock.now();
  await simulated.read(36_000, 36_000);
  // But for the lateness of the timer before.
  t.true(clock.now() - start >= 8);
});

test.serial('reads wait in real time', async (t) => {
  const simulated = drive({ delays: true });
  const start = performance.now();
  await simulated.read(3_000_000, 2000);
  await simulated.read(0, 360_000);
  t.true(performance.now() - start > simulated.totals.seconds * 1000 - 5);
});

test.serial('a slow drive takes that many times as long', async (t) => {
  const simulated = drive({ delays: true, faults: { slowness: 3 } });
  const start = performance.now();
  await simulated.read(3_000_000, 2000);
  t.true(performance.now() - start > 3 * simulated.totals.seconds * 1000 - 5);
});

test.serial('requests at the same time wait for each other', async (t) => {
  const simulated = drive({ delays: true });
  const start = performance.now();
  await Promise.all([3_000_000, 0, 3_500_000].map((offset) => simulated.read(offset, 2000)));
  t.is(simulated.totals.headMoves, 3);
  t.true(performance.now() - start > simulated.totals.seconds * 1000 - 5);
});

test('bad sectors fail, their neighbours do not', async (t) => {
  const simulated = drive({ faults: { bad: [{ start: 4096, end: 8192 }] } });
  t.truthy(await simulated.read(0, 4096));
  t.is(await simulated.read(0, 4097), undefined);
  t.is(await simulated.read(8191, 1), undefined);
  t.truthy(await simulated.read(8192, 4096));
  t.deepEqual(
    simulated.log.map(({ failed }) => failed),
    [false, true, true, false],
  );
});

test('a pulled disc fails at once, and can be put back', async (t) => {
  const simulated = drive();
  simulated.faults = { pulled: true };
  t.is(await simulated.read(0, 4096), undefined);
  t.is(simulated.totals.requests, 0);
  t.like(simulated.log[0], { offset: 0, length: 4096, seconds: 0, failed: true });
  t.deepEqual(headPath(simulated.log).strokes, []);
  simulated.faults = {};
  t.truthy(await simulated.read(0, 4096));
});

test('what has no size is a drive, with a disc of some size in it', async (t) => {
  await t.throwsAsync(insertDisc('/dev/zero', { delays: false }), { code: 'image.not-iso' });
});

test.serial('what waits fails when the disc is pulled or the drive switched off', async (t) => {
  const pulled = drive({ delays: true });
  const read = pulled.read(3_000_000, 2000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  pulled.faults = { pulled: true };
  t.is(await read, undefined);

  const off = drive({ delays: true, faults: { slowness: 1000 } });
  const reads = [off.read(3_000_000, 2000), off.read(0, 2000)];
  await new Promise((resolve) => setTimeout(resolve, 20));
  off.switchOff();
  t.deepEqual(await Promise.all(reads), [undefined, undefined]);
});

test('a disc that cannot be read fails that read only', async (t) => {
  const broken = drive({
    readAt: async (offset) => {
      if (offset === 0) throw new Error('EIO');
      return DISC.subarray(offset, offset + 10);
    },
  });
  t.is(await broken.read(0, 10), undefined);
  t.truthy(await broken.read(10, 10));
  t.deepEqual(
    broken.log.map(({ failed }) => failed),
    [true, false],
  );
});
