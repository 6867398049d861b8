import test, { type ExecutionContext } from 'ava';
import { type StartedMachine, settingsReader } from './helpers/init-settings.js';

/** Of 80 MiB, 40,000 KiB are free when the store is made. */
const MEMORY = { MemTotal: 81_920, MemFree: 9000, MemAvailable: 40_000 };
/** Half of what is free, in whole MiB. */
const AUTOMATIC = 19 * 1024;
const WARNING = (size: string) =>
  `warning: live.cow_size=${size} is not a size of 1M or more (64M, 1G, 25%)`;

const TELL = 'make_memory_store; echo "$STORE_KIB,$STORE_FIXED,$STORE_DEVICES"';

/** Gives the lines that the making of a store in memory prints: warnings, then its size and devices. */
async function storeMaker(t: ExecutionContext) {
  const after = await settingsReader(t);
  if (after === undefined) return undefined;
  return (parameters: string, machine: StartedMachine = {}) =>
    after({ memory: MEMORY, parameters, ...machine }, TELL);
}

test('live.cow_size is the size of the store, and stays', async (t) => {
  const made = await storeMaker(t);
  if (made === undefined) return;
  for (const [size, kib] of [
    ['64M', 65_536],
    ['64m', 65_536],
    ['512M', 524_288],
    ['2048K', 2048],
    ['1048576', 1024],
    ['25%', 20_480],
    ['100%', 81_920],
    ['800%', 8 * 81_920],
    // Whole chunks of the snapshot.
    ['1027K', 1024],
    ['031M', 31 * 1024],
  ] as const) {
    const lines = await made(`live.cow_size=${size}`);
    t.deepEqual(lines, [`${kib},yes,zram of ${kib}:${kib}`], size);
  }
});

test('a percentage is one of all memory, whatever is free', async (t) => {
  const made = await storeMaker(t);
  if (made === undefined) return;
  const memory = { MemTotal: 1_000_001, MemAvailable: 3000 };
  const lines = await made('live.cow_size=25%', { memory });
  t.is(lines[0]?.split(',')[0], '250000');
});

test('what is no size is told, and the store follows the memory', async (t) => {
  const made = await storeMaker(t);
  if (made === undefined) return;
  const odd = ['lots', '-5M', '64MB', '25%%', '1.5G', '%', 'M', '0', '10', '1023K', '0x40M'];
  for (const size of odd) {
    const lines = await made(`live.cow_size=${size}`);
    t.deepEqual(lines, [WARNING(size), `${AUTOMATIC},,zram of ${AUTOMATIC}:${AUTOMATIC}`], size);
  }
});

test('a size that memory could never hold is told, and the store follows the memory', async (t) => {
  const made = await storeMaker(t);
  if (made === undefined) return;
  for (const size of ['801%', '1G', '99999999999G']) {
    const lines = await made(`live.cow_size=${size}`);
    const warning = `warning: live.cow_size=${size} is more than 8 times the memory`;
    t.deepEqual(lines, [warning, `${AUTOMATIC},,zram of ${AUTOMATIC}:${AUTOMATIC}`], size);
  }
  const memory = { MemTotal: 1_048_576 / 8, MemAvailable: 40_000 };
  t.deepEqual(await made('live.cow_size=1G', { memory }), ['1048576,yes,zram of 1048576:1048576']);
});

test('half of the free memory is the store, not below a MiB, and it may change', async (t) => {
  const made = await storeMaker(t);
  if (made === undefined) return;
  for (const [memory, kib] of [
    [MEMORY, AUTOMATIC],
    [{ MemAvailable: 1500 }, 1024],
    // Kernels before 3.14.
    [{ MemFree: 9000 }, 4096],
  ] as const) {
    const lines = await made('live.cow=zram', { memory });
    t.deepEqual(lines, [`${kib},,zram of ${kib}:${kib}`]);
  }
});

test('live.cow=ram takes plain memory of that size', async (t) => {
  const made = await storeMaker(t);
  if (made === undefined) return;
  const lines = await made('live.cow=ram live.cow_size=25%');
  t.deepEqual(lines, ['20480,yes,ram of 20480:20480']);
});
