import { readFile } from 'node:fs/promises';
import test from 'ava';
import { parseKernelTrace } from '../../src/optical/kernel-trace.js';
import { parseReadLog } from '../../src/optical/read-log.js';
import { PROFILE_KINDS } from '../../src/profile/profile.js';
import { formatProfile, parseProfile } from '../../src/profile/profile-file.js';

const text = await readFile(new URL('../../docs/optical.md', import.meta.url), 'utf8');

/** The indented example that begins with `first`. */
function example(first: string): string {
  const block = text.split('\n\n').find((part) => part.startsWith(`    ${first}\n`)) ?? '';
  return `${block.replace(/^ {4}/gm, '')}\n`;
}

test('the example of a profile is one, and the table has every kind', (t) => {
  const shown = example('snapdisc-profile 1');
  t.is(formatProfile(parseProfile(shown)), shown);
  for (const kind of PROFILE_KINDS) t.true(text.includes(`\`${kind}\``), kind);
});

test('the example of a log is one', (t) => {
  t.deepEqual(parseReadLog(example('snapdisc-reads 1')), {
    reads: [
      { time: 0.335, offset: 59392, length: 2048 },
      { time: 6.326, offset: 432128, length: 129024 },
    ],
    disc: { uuid: '00112233445566778899aabbccddeeff', rootStart: 11_157_504 },
  });
});

test('the example of a kernel trace is one', (t) => {
  const uuid = '00112233445566778899aabbccddeeff';
  t.deepEqual(parseKernelTrace(example(`live: trace of 11:0 ${uuid} 21792`)), {
    reads: [{ time: 3.226455, offset: 21_792 * 512, length: 2048 }],
    disc: { uuid, rootStart: 21_792 * 512 },
  });
});
