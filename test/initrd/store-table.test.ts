import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { run } from '../../src/process.js';

const SH = { program: 'sh', purpose: 'runs the scripts', debianPackage: 'dash' };
const SCRIPT = fileURLToPath(
  new URL('../../init-templates/initrd/lib/live/system/store-table.sh', import.meta.url),
);

async function lines(script: string): Promise<string[]> {
  const said = await run(SH, ['-euc', `. '${SCRIPT}'\n${script}`]);
  return said.toString().trim().split('\n');
}

const store = fc.integer({ min: 1024, max: 2_000_000 }).map((quads) => quads * 4);

test('the brake leaves room for all that may still come when the guard acts', async (t) => {
  await fc.assert(
    fc.asyncProperty(store, async (kib) => {
      const [text = ''] = await lines(`set_limits ${kib}; echo $DIRTY_KIB $BRAKE_KIB $BRAKE_MS`);
      const [dirty = 0, brake = 0, ms = 0] = text.split(' ').map(Number);
      t.true(dirty >= 32 && dirty <= 8192 && dirty % 4 === 0, text);
      t.true(brake % 4 === 0 && brake >= 4 * dirty && brake <= kib / 2, text);
      // Two delayed writes for each MiB: what passes in 1.5 seconds.
      const passes = 1.5 * (1024 / ((2 * ms) / 1000));
      t.true(passes <= brake - 3 * dirty + 4, `${kib}: ${passes} of ${text}`);
    }),
    { numRuns: 40 },
  );
});

test('a table maps the front of the devices without gaps, the brake last', async (t) => {
  const devices = fc.array(store, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(devices, fc.double({ min: 0.1, max: 1, noNaN: true }), async (sizes, part) => {
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const kib = Math.max(1024, Math.floor((total * part) / 4) * 4);
      const words = sizes.map((size, index) => `d${index}:${size}`);
      const table = await lines(
        `set_limits ${kib}; echo $((BRAKE_KIB * 2)); store_table ${kib} ${words.join(' ')}`,
      );
      const brake = Number(table.shift());
      let position = 0;
      const used = new Map<string, number>();
      for (const line of table) {
        const [start, length = 0] = line.split(' ', 2).map(Number);
        const [kind, device = '', offset] = line.split(' ').slice(2);
        t.is(start, position);
        t.is(Number(offset), used.get(device) ?? 0, line);
        position += length;
        used.set(device, Number(offset) + length);
        t.is(kind, position > kib * 2 - brake ? 'delay' : 'linear', line);
        if (kind !== 'delay') continue;
        t.regex(line, /^\d+ \d+ delay (\S+ \d+) 0 \1 \d+ \1 0$/, 'writes only');
      }
      t.is(position, kib * 2);
      const filled = [...used].map(
        ([device, sectors]) => sectors / 2 / (sizes[Number(device.slice(6))] ?? 0),
      );
      t.true(filled.slice(0, -1).every((share) => share === 1));
      t.true((filled.at(-1) ?? 2) <= 1);
    }),
    { numRuns: 40 },
  );
});

test('without dm-delay there is no brake', async (t) => {
  t.deepEqual(await lines('set_limits 8192; BRAKE_MS=0; store_table 8192 zram1:4096 zram2:8192'), [
    '0 8192 linear /dev/zram1 0',
    '8192 8192 linear /dev/zram2 0',
  ]);
});
