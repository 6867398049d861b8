import { readFile } from 'node:fs/promises';
import test from 'ava';
import { PACKED_FORMATS } from '../../src/packed-root/formats.js';
import {
  ADVISED_FORMAT,
  compressionAdvice,
  LEAST_TRIED_MIB,
  MEASURED_MIB,
  MEASURED_STARTS,
} from '../../src/wizard/compression-advice.js';

const fileOf = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

test('what the wizard says of starts is what has been measured', async (t) => {
  const table = (await fileOf('BENCHMARKS.md')).split('\n').map((line) => line.split(/ *\| */));
  const isoSizes = new Map<string, number>();
  for (const format of PACKED_FORMATS) {
    const cells = table.find((row) => row[1] === 'i386' && row[2] === `snapdisc, ${format}`) ?? [];
    // Read, head moves, seconds of three drives, with delays, without, ISO, least memory.
    const [, , , memory, , headMoves, seconds, , , , , iso, least] = cells;
    t.is(memory, `${MEASURED_MIB} MiB`);
    t.is(least, `${LEAST_TRIED_MIB} MiB`);
    const measured = { headMoves: Number(headMoves), seconds: Number(seconds) };
    t.deepEqual(MEASURED_STARTS[format], measured, format);
    isoSizes.set(format, Number(iso));
  }
  t.is(isoSizes.get(ADVISED_FORMAT), Math.min(...isoSizes.values()));
});

test('with less memory than has been tried, something had better be left out', (t) => {
  for (const memory of [undefined, LEAST_TRIED_MIB, 4096]) {
    t.true(compressionAdvice(memory).isAdvised, String(memory));
  }
  const { isAdvised, lines } = compressionAdvice(LEAST_TRIED_MIB - 1);
  t.false(isAdvised);
  t.regex(lines.join(' '), /48 MiB are known to do .*; 47 MiB have not been tried/);
  for (const memory of [undefined, 1, 2 ** 30]) {
    for (const line of compressionAdvice(memory).lines) t.true(line.length < 76, line);
  }
});
