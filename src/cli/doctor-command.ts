import { Command, Option } from 'commander';
import { DISTRIBUTIONS, type Distribution, thisDistribution } from '../distributions.js';
import type { Finding } from '../doctor/examine.js';
import { SnapdiscError } from '../errors.js';
import type { Context } from './context.js';
import { doctorLines } from './doctor-text.js';
import { writeLine } from './terminal.js';

const EXAMPLES = `Examples:
  snapdisc doctor
  snapdisc doctor --distribution=alpine
  snapdisc doctor --json
`;

const ALL = Object.keys(DISTRIBUTIONS) as Distribution[];

/** `snapdisc doctor`: which programs are here, and what to install. */
export function doctorCommand({ terminal: { stdout } }: Context): Command {
  const command = new Command('doctor')
    .description('Show which programs snapdisc finds here, what each is for, what to install.')
    .addHelpText('before', EXAMPLES)
    .addOption(
      new Option(
        '--distribution <name>',
        'name the packages of this one, not of this machine',
      ).choices(ALL),
    )
    .option('--json', 'print it, or the failure, as JSON');
  return command.action(async () => {
    const { examine } = await import('../doctor/examine.js');
    const findings = await examine();
    const { json, distribution } = command.opts<{ json?: boolean; distribution?: Distribution }>();
    const named = distribution ?? thisDistribution();
    if (json) {
      // One document, which tells what is missing: a failure would be a second one.
      writeLine(stdout, JSON.stringify({ distribution: named ?? null, tools: findings }, null, 2));
      return;
    }
    const { isTTY, columns } = stdout;
    const distributions = named === undefined ? ALL : [named];
    for (const line of doctorLines(findings, distributions, isTTY === true ? columns : undefined)) {
      writeLine(stdout, line);
    }
    checkRequired(findings);
  });
}

/** @throws SnapdiscError `tool.missing` */
function checkRequired(findings: readonly Finding[]): void {
  const missing = findings.filter(({ found, required }) => required && !found);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(' and ');
  throw new SnapdiscError(
    'tool.missing',
    `${names} must be installed before a disc can be built.`,
    {
      hint: 'The commands above install them.',
    },
  );
}
