import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { run } from '../../src/process.js';

const SH = { program: 'sh', purpose: 'runs the scripts', debianPackage: 'dash' };
const FOLDER = fileURLToPath(
  new URL('../../init-templates/initrd/lib/live/system/', import.meta.url),
);

/** What the guard has seen, in KiB. */
interface Figures {
  readonly MEMORY_KIB: number;
  readonly STORE_KIB: number;
  readonly STORE_FIXED?: string;
  readonly used: number;
  readonly stored?: number;
  readonly last_stored?: number;
  readonly in_memory?: number;
  readonly dirty?: number;
  readonly available: number;
  readonly swapped?: number;
  readonly to_come?: number;
  readonly percent?: number;
  readonly free_now?: number;
  readonly reusable?: number;
  readonly filling?: number;
  readonly ON_DISK?: string;
  readonly PERSISTENT?: string;
}

const NOTHING = {
  ...{
    STORE_FIXED: '',
    ON_DISK: '',
    PERSISTENT: 'no',
    stored: 0,
    last_stored: 0,
    dirty: 0,
    swapped: 0,
    to_come: 0,
  },
  ...{ free_now: 2_000_000, reusable: 0, filling: 0, FREE_BLOCKS: 2_000_000 },
};

/** Runs `script` after the guard has seen `figures`, and gives what it prints, in words. */
async function judge(figures: Figures, script: string): Promise<string[]> {
  const all = Object.entries({ ...NOTHING, in_memory: figures.STORE_KIB, ...figures });
  const assignments = all.map(([name, value]) => `${name}='${value}'`).join('\n');
  const sources = ['store-table.sh', 'guard-sums.sh'].map((name) => `. '${FOLDER}${name}'`);
  const start = 'set_limits "$STORE_KIB"; set_memory_limits';
  const whole = [...sources, assignments, start, script].join('\n');
  return (await run(SH, ['-uc', whole])).toString().trim().split(/\s+/);
}

const MIB = 1024;
const SMALL = { MEMORY_KIB: 80 * MIB, STORE_KIB: 20 * MIB };

test('the unfilled part of the store fits the memory that is left, swap reckoned in', async (t) => {
  const figures = fc.record({
    used: fc.integer({ min: 0, max: 60 * MIB }),
    available: fc.integer({ min: 0, max: 80 * MIB }),
    swapped: fc.integer({ min: 0, max: 40 * MIB }),
  });
  await fc.assert(
    fc.asyncProperty(figures, async (seen) => {
      const store = { ...SMALL, STORE_KIB: Math.max(SMALL.STORE_KIB, seen.used + 4 * MIB) };
      const words = await judge(
        { ...store, ...seen },
        'plan_size; echo $size $LEAST_STORE_KIB $KEEP_KIB',
      );
      const [size = 0, least = 0, keep = 0] = words.map(Number);
      if (size !== store.STORE_KIB) t.is(size % 4, 0);
      const spare = Math.max(0, seen.available - keep - Math.floor(seen.swapped / 2));
      if (size > store.STORE_KIB) t.true(size - seen.used <= Math.max(spare, least), `${words}`);
      // Not cut below what is used, nor for every small change.
      if (size < store.STORE_KIB) t.true(size > seen.used, `${words}`);
      if (size === store.STORE_KIB && size > least)
        t.true(
          size - seen.used <= spare + size / 8 + 4 * MIB || size - seen.used < 4 * MIB,
          `${words}`,
        );
    }),
    { numRuns: 60 },
  );
});

test('what the sweep gives back makes the store larger; room is only what is there already', async (t) => {
  const sums = 'plan_size; plan_reserve; echo $size $left $LEAST_FREE_KIB $promised';
  const words = async (more: Omit<Figures, 'MEMORY_KIB' | 'STORE_KIB'>) =>
    (await judge({ ...SMALL, STORE_KIB: 40 * MIB, ...more }, sums)).map(Number);
  const seen = fc.record({
    used: fc.integer({ min: 0, max: 30 * MIB }),
    available: fc.integer({ min: 0, max: 60 * MIB }),
    come: fc.integer({ min: 1, max: 30 * MIB }),
  });
  await fc.assert(
    fc.asyncProperty(seen, async ({ used, available, come }) => {
      const [size, left = 0, leastFree = 0, promised = 0] = await words({
        ...{ used, available, to_come: come },
      });
      const [later, all = 0] = await words({ used, available: available + come });
      t.is(size, later);
      t.true(left <= Math.max(0, promised, available - leastFree), `${left}`);
      t.true(left <= all, `${left} of ${all}`);
    }),
    { numRuns: 40 },
  );
  const [, left = 0] = await words({ used: 0, available: 30 * MIB, to_come: 20 * MIB });
  t.true(left > 20 * MIB, `${left}`);
});

test('the memory of the sweep is asked for when the system writes much, or little is left', async (t) => {
  const sums = 'is_sweep_in_the_way && echo yes || echo no';
  const asked = async (to_come: number, stored: number, percent: number) =>
    (await judge({ ...SMALL, ...{ used: 0, available: 0, to_come, stored, percent } }, sums))[0];
  t.is(await asked(16 * MIB, 5 * MIB - 1, 74), 'no');
  t.is(await asked(16 * MIB, 5 * MIB, 0), 'yes');
  t.is(await asked(16 * MIB, 0, 75), 'yes');
  t.is(await asked(0, 6 * MIB, 99), 'no');
});

test('a size that was asked for stays', async (t) => {
  const figures = { ...SMALL, STORE_FIXED: 'yes', used: 0, available: 70 * MIB };
  t.deepEqual(await judge(figures, 'plan_size; echo $size'), [`${SMALL.STORE_KIB}`]);
});

test('a small machine changes the size only when room runs out and memory is there', async (t) => {
  const small = { MEMORY_KIB: 40 * MIB, STORE_KIB: 8 * MIB };
  const size = async (used: number, available: number) =>
    Number((await judge({ ...small, used, available }, 'plan_size; echo $size'))[0]);
  t.is(await size(0, 30 * MIB), small.STORE_KIB);
  t.is(await size(6 * MIB, 8 * MIB), small.STORE_KIB);
  t.is(await size(6 * MIB, 20 * MIB), 21 * MIB);
  t.is(await size(MIB, 4 * MIB), small.STORE_KIB, 'nor is it cut');
});

test('what is promised ends before the brake, whatever waits to be written', async (t) => {
  const seen = fc.record({
    used: fc.integer({ min: 0, max: 20 * MIB }),
    dirty: fc.integer({ min: 0, max: 640 }),
  });
  await fc.assert(
    fc.asyncProperty(seen, async (figures) => {
      const words = await judge(
        { ...SMALL, ...figures, available: 40 * MIB },
        'plan_reserve; echo $left $reserved $percent $BRAKE_KIB',
      );
      const [left = 0, reserved = 0, percent = 0, brake = 0] = words.map(Number);
      t.true(left === 0 || figures.used + figures.dirty + left < SMALL.STORE_KIB - brake);
      t.is(reserved, 2_000_000 - Math.floor(left / 4));
      t.true(percent >= 0 && percent <= 100);
      t.is(percent === 100, left === 0);
    }),
    { numRuns: 40 },
  );
});

test('certain is what fits where nothing was before; deleted files count for the rest', async (t) => {
  const seen = fc.record({
    used: fc.integer({ min: 0, max: 20 * MIB }),
    deleted: fc.integer({ min: 0, max: 100 }),
    available: fc.integer({ min: 0, max: 60 * MIB }),
  });
  const sums = async (figures: Omit<Figures, 'MEMORY_KIB' | 'STORE_KIB'>) => {
    const script = 'plan_reserve; echo $left $certain $BRAKE_KIB $BAND_KIB';
    return (await judge({ ...SMALL, ...figures }, script)).map(Number);
  };
  await fc.assert(
    fc.asyncProperty(seen, async ({ used, deleted, available }) => {
      const figures = { used, available, reusable: Math.floor((used * deleted) / 100) };
      const [left = 0, certain = 0, brake = 0, band = 0] = await sums(figures);
      t.true(certain >= 0 && certain <= left, `${certain} of ${left}`);
      t.true(certain <= Math.max(0, SMALL.STORE_KIB - brake - band - used));
      if (figures.reusable === 0) t.is(certain, left);
    }),
    { numRuns: 40 },
  );
  // Full, and most of it deleted.
  const [left = 0, certain] = await sums({
    ...{ used: 16.5 * MIB, reusable: 15 * MIB, available: 60 * MIB },
  });
  t.is(certain, 0);
  t.true(left > 2 * MIB, `${left}`);
});

test('memory limits what a store in memory takes, not one on a disk', async (t) => {
  const seen = { MEMORY_KIB: 80 * MIB, STORE_KIB: 200 * MIB, used: 30 * MIB, available: 12 * MIB };
  const left = async (more: Partial<Figures>) =>
    Number((await judge({ ...seen, ...more }, 'plan_reserve; echo $left'))[0]);
  const dead = { reusable: 20 * MIB, used: 150 * MIB };
  t.true((await left(dead)) <= 2 * MIB);
  // A third of the memory for each place that is written again.
  const compressed = await left({ ...dead, stored: 50 * MIB });
  t.true(compressed > 6 * MIB && compressed < 10 * MIB, `${compressed}`);
  t.true((await left({ ON_DISK: 'yes' })) > 100 * MIB);
  t.true((await left({ ...dead, PERSISTENT: 'yes' })) > 25 * MIB);
});

/** The store and the file system over time: used KiB and allocated KiB. */
async function reusable(
  history: readonly (readonly [used: number, allocated: number])[],
): Promise<number[]> {
  const looks = history.map(
    ([used, allocated]) =>
      `used=${used} free_now=$((FREE_BLOCKS - ${allocated / 4})); count_reusable; echo $reusable`,
  );
  const words = await judge({ ...SMALL, used: 0, available: 0 }, looks.join('\n'));
  return words.map(Number);
}

test('places of deleted files are used again, those of the disc are not', async (t) => {
  // 10,000 KiB written, deleted, written again into the same places, deleted.
  const again = await reusable([
    [2056, 1000],
    [12056, 11000],
    [12056, 1000],
    [12056, 11000],
    [12056, 1000],
  ]);
  t.deepEqual(again.slice(0, 2), [0, 0]);
  t.is(again[2], 10_000);
  t.is(again[3], 0);
  t.is(again[4], 10_000);
  // 50,000 KiB of the disc's own files are deleted: no more than the store could hold of them.
  const disc = await reusable([
    [2056, 1000],
    [2156, -49_000],
  ]);
  t.true((disc[1] ?? 0) <= 2156, `${disc}`);
  // New files that did not go to those places.
  const elsewhere = await reusable([
    [12056, 11000],
    [12056, 1000],
    [17056, 6000],
  ]);
  t.true((elsewhere[2] ?? 0) > 9900, `${elsewhere}`);
});

test('/ becomes read-only when the brake is reached, or a growing store has eaten the memory', async (t) => {
  const last = async (figures: Omit<Figures, 'MEMORY_KIB' | 'STORE_KIB'>) =>
    (
      await judge(
        { ...SMALL, ...figures },
        '{ is_store_full || is_memory_full; } && echo yes || echo no',
      )
    )[0];
  t.is(await last({ used: 2 * MIB, available: 30 * MIB }), 'no');
  t.is(await last({ used: 17 * MIB, available: 30 * MIB }), 'no');
  t.is(await last({ used: 18 * MIB, available: 30 * MIB }), 'yes');
  const short = { used: 15 * MIB, available: 2 * MIB };
  t.is(await last({ ...short, stored: 14 * MIB, last_stored: 13 * MIB }), 'yes');
  // Programs have taken it, the store stands still, or is too small to matter.
  t.is(await last({ ...short, stored: 14 * MIB, last_stored: 14 * MIB }), 'no');
  t.is(await last({ ...short, stored: 4 * MIB, last_stored: 3 * MIB }), 'no');
});

test('room on a disk keeps / writable with the memory there is, down to a limit', async (t) => {
  const full = { ...SMALL, used: 20 * MIB, stored: 17 * MIB, last_stored: 16 * MIB };
  const says = (available: number) =>
    judge(
      { ...full, available },
      `is_memory_full && echo full
      lower_memory_limit; is_memory_full || echo writable; echo $LEAST_FREE_KIB`,
    );
  t.deepEqual(await says(6 * MIB), ['full', 'writable', `${4.5 * MIB}`]);
  t.deepEqual(await says(2 * MIB), ['full', `${Math.floor((10 * MIB) / 3)}`]);
  t.deepEqual(await says(20 * MIB), ['writable', `${7.5 * MIB}`], 'and never up');
  // What the store has not yet taken of its memory does not count as there.
  const [least] = await judge(
    { ...full, used: 18 * MIB, in_memory: 20 * MIB, available: 8 * MIB },
    'lower_memory_limit; echo $LEAST_FREE_KIB',
  );
  t.is(least, `${4.5 * MIB}`);
  // So much of what a disk adds is room, whatever there is of memory.
  const kept = async (disk: number, available: number) => {
    const [kib] = await judge(
      { ...full, used: 12 * MIB, available },
      `plan_memory ${disk}; echo $kept_kib`,
    );
    return Number(kib) / MIB;
  };
  // Beside the 12 MiB that are used: four times what may be dirty, or what there is beyond two thirds of the
  // memory that is left to the system; for a small disk all but a third of its size.
  t.is(await kept(900 * MIB, 0), 14.5);
  t.is(await kept(900 * MIB, 10 * MIB), 15.25);
  t.is(await kept(9 * MIB, 0), 17);
  t.is(await kept(900 * MIB, 60 * MIB), 32);
  // What is in memory can take 512 KiB more at most, when it is overwritten with random data.
  const taken = { ...full, STORE_KIB: 68 * MIB, in_memory: 17.5 * MIB, available: 2 * MIB };
  const is = 'is_memory_full && echo full || echo writable';
  t.deepEqual(await judge(taken, is), ['writable']);
  t.deepEqual(await judge({ ...taken, in_memory: 18 * MIB }, is), ['full']);
});

test('the guard looks the more often the less is left and the faster it fills', async (t) => {
  const pause = async (figures: Omit<Figures, 'MEMORY_KIB' | 'STORE_KIB'>) => {
    const [text = ''] = await judge({ ...SMALL, ...figures }, 'plan_pause; echo $pause');
    t.regex(text, /^\d\.\d{3}$/);
    return Number(text);
  };
  const calm = await pause({ used: 2 * MIB, available: 40 * MIB });
  const fast = await pause({ used: 2 * MIB, available: 40 * MIB, filling: 30 * MIB });
  const near = await pause({ used: 16 * MIB, stored: 15 * MIB, available: 40 * MIB });
  const risky = await pause({ used: 19 * MIB, stored: 6 * MIB, available: 12 * MIB });
  t.true(calm <= 2 && calm > fast && calm > near && calm > risky, `${[calm, fast, near, risky]}`);
  t.is(await pause({ used: 20 * MIB, available: 40 * MIB }), 0.1);
  t.is(await pause({ used: 0, available: 0 }), 0.1);
  // Whoever overwrites what compressed well, twice the memory in a second, has not filled it by the next look.
  const outgrows = { used: 19 * MIB, stored: 0 };
  const most = await pause({ ...outgrows, available: 26 * MIB });
  t.true(most * 2 * SMALL.MEMORY_KIB <= 26 * MIB, `${most}`);
});
