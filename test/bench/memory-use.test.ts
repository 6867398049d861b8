import test from 'ava';
import { MEMORY_USE, memoryUse } from '../../bench/memory-use.js';
import { run } from '../../src/process.js';
import { KIB, MIB } from '../../src/units.js';

const REPORT = `MemTotal:          30000 kB
MemFree:            2000 kB
Buffers:             500 kB
Cached:             6000 kB
Shmem:              4000 kB
Slab:               5000 kB
KernelStack:         300 kB
PageTables:          200 kB
Zram: 1000000
Zram: 500000
Process: 900 systemd
Process: 100 sh
Process: 2000 systemd-journal
Process: 0 kthreadd
Process: 200 a b
`;

test('the kernel is what the machine has and does not tell of; processes come by size', (t) => {
  const figures = memoryUse('Debian at 44 MiB', 44, REPORT);
  t.deepEqual(
    figures.map(({ metric, value }) => [metric.replace('Debian at 44 MiB: ', ''), value]),
    [
      ['the kernel and what it reserves', 44 * MIB - 30_000 * KIB],
      ['slab', 5000 * KIB],
      ['page tables and kernel stacks', 500 * KIB],
      ['zram: store, templates and swap', 1_500_000],
      ['files in memory (tmpfs)', 4000 * KIB],
      ['page cache', 2500 * KIB],
      ['process systemd-journal', 2000 * KIB],
      ['process systemd', 900 * KIB],
      ['2 smaller processes', 300 * KIB],
      ['free', 2000 * KIB],
    ],
  );
});

test('a report without a figure is an error', (t) => {
  t.throws(() => memoryUse('x', 44, REPORT.replace(/^Slab.*\n/m, '')), { message: /its Slab/ });
});

test('this machine answers what is asked', async (t) => {
  const sh = { program: 'sh', purpose: 'answers', debianPackage: 'dash' };
  const report = (await run(sh, ['-c', MEMORY_USE])).toString();
  const [kernel] = memoryUse('here', 1e6, report);
  t.true((kernel?.value ?? 0) > 0);
  t.regex(report, /^Process: \d+ sh$/m);
});
