import { driveReport } from '../optical/drive-report.js';
import type { BootReport } from '../verify/boot.js';
import type { Verification } from '../verify/verify.js';
import { formatDuration, formatTable } from './format.js';

/** What is known of a disc, as people read it. Pure. */
export function verificationLines(verification: Verification): string[] {
  const { checks, boot, bootFailure, leastMemoryMiB } = verification;
  const rows = checks.map(({ name, verdict, detail }) => [verdict, name, detail]);
  if (boot !== null) rows.push(...bootRows(boot));
  if (bootFailure !== null) rows.push(['failed', 'Boot', bootFailure.split('\n')[0] ?? '']);
  if (leastMemoryMiB !== null) rows.push(['passed', 'Least memory', `${leastMemoryMiB} MiB`]);
  return [
    ...formatTable(rows),
    ...(boot === null ? [] : [driveReport(boot.drive)]),
    verification.good ? `${verification.disc} is good.` : `${verification.disc} is not good.`,
  ];
}

function bootRows({ memoryMiB, seconds, multiUser, root, writable, killed }: BootReport) {
  const verdict = (isGood: boolean) => (isGood ? 'passed' : 'failed');
  const state = { true: 'multi-user', false: 'not multi-user', null: 'a shell' }[`${multiUser}`];
  const time = `after ${formatDuration(seconds)} in ${memoryMiB} MiB`;
  const kills = killed === 0 ? '' : `, ${killed} programs ended for want of memory`;
  return [
    [verdict(multiUser !== false && killed === 0), 'Boot', `${state}, a shell ${time}${kills}`],
    [verdict(writable), 'Writing', `/ is ${root}${writable ? '' : ', what was written is lost'}`],
  ];
}
