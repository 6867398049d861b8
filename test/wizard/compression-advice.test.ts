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

test('what the wizard says of starts is what docs/optical.md has', async (t) => {
  const docs = await fileOf('docs/optical.md');
  for (const format of PACKED_FORMATS) {
    // Disc, ISO and MB read, head moves, modelled seconds.
    const row = new RegExp(
      `^\\| ${format}, \\w+ \\| \\d+ \\| [\\d.]+ \\| (\\d+) \\| ([\\d.]+) \\|$`,
      'm',
    );
    const [, headMoves = 0, seconds = 0] = (row.exec(docs) ?? []).map(Number);
    t.deepEqual(MEASURED_STARTS[format], { headMoves, seconds }, format);
    const { [ADVISED_FORMAT]: advised } = MEASURED_STARTS;
    t.true(advised.seconds <= MEASURED_STARTS[format].seconds);
  }
  t.true(docs.includes(`Booted on i386 in ${MEASURED_MIB} MiB in the simulated 24x drive`));
  t.true(docs.includes(` ${LEAST_TRIED_MIB} MiB, in which \`make test\``));
});

test('the least memory is that in which the tests start such a disc', async (t) => {
  const boots = await fileOf('test/boot/compressed.test.ts');
  const memory = [...boots.matchAll(/memoryMiB: (\d+)/g)].map(([, mib]) => Number(mib));
  t.is(Math.min(...memory), LEAST_TRIED_MIB);
});

test('with less memory than has been tried, something had better be left out', (t) => {
  for (const memory of [undefined, LEAST_TRIED_MIB, 4096]) {
    t.true(compressionAdvice(memory).isAdvised, String(memory));
  }
  const { isAdvised, lines } = compressionAdvice(LEAST_TRIED_MIB - 1);
  t.false(isAdvised);
  t.regex(lines.join(' '), /192 MiB are known to do .*; 191 MiB have not been tried/);
  for (const memory of [undefined, 1, 2 ** 30]) {
    for (const line of compressionAdvice(memory).lines) t.true(line.length < 76, line);
  }
});
