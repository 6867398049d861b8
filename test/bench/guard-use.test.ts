import test from 'ava';
import { idleUse, watchProcess } from '../../bench/guard-use.js';
import { run } from '../../src/process.js';
import { KIB } from '../../src/units.js';

const REPORT = `Begin: 100.25 50 7 900
Pss: 936
Pss: 1500
Pss: 940
End: 700.50 95 307 900
`;

test('the most that was seen at any look counts', (t) => {
  const { value, atMost, remark } = idleUse('guard', REPORT);
  t.is(value, 1500 * KIB);
  t.is(atMost, 1e6);
  const rest = '3 looks in 600 s; 0.5 s of processor time; woke 300 times; started nothing';
  t.is(remark, rest);
  t.regex(idleUse('guard', REPORT.replace(/900\n$/, '901\n')).remark ?? '', /started processes$/);
});

test('a report without its end, or without a look, is an error', (t) => {
  t.throws(() => idleUse('guard', REPORT.replace(/End.*\n/, '')), { message: /watch's End/ });
  t.throws(() => idleUse('guard', REPORT.replaceAll('Pss', 'pss')), { message: /any memory/ });
});

test('this machine answers', async (t) => {
  const sh = { program: 'sh', purpose: 'answers', debianPackage: 'dash' };
  const script = `sleep 20 & pid=$!; ${watchProcess(6)} kill $pid`;
  const { value = 0, remark } = idleUse('sleep', (await run(sh, ['-c', script])).toString());
  t.true(value > 0);
  t.regex(remark ?? '', /^2 looks in [67] s; 0\.0 s of .*; woke \d+ times; started nothing$/);
});
