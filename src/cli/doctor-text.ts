import { DISTRIBUTIONS, type Distribution, installNames } from '../distributions.js';
import type { Finding } from '../doctor/examine.js';
import { formatWrappedTable } from './format.js';

/**
 * What the doctor found, as people read it, and how to install what is missing. Pure.
 * @param distributions those to name packages of.
 * @param columns of the terminal.
 */
export function doctorLines(
  findings: readonly Finding[],
  distributions: readonly Distribution[],
  columns = Number.POSITIVE_INFINITY,
): string[] {
  const rows = findings.map(({ name, found, required, version, purposes }) => [
    found ? 'found' : required ? 'MISSING' : 'missing',
    name,
    version ?? '',
    purposes.join('; '),
  ]);
  const table = formatWrappedTable(rows, columns);
  const missing = findings.filter(({ found }) => !found);
  if (missing.length === 0) return [...table, '', 'Nothing is missing.'];
  return [
    ...table,
    '',
    ...(missing.some(({ required }) => required)
      ? []
      : ['Discs can be built without what is missing.']),
    ...distributions.map((one) => `On ${DISTRIBUTIONS[one].name}: ${installAll(missing, one)}`),
  ];
}

function installAll(missing: readonly Finding[], distribution: Distribution): string {
  return installNames(
    distribution,
    missing.map(({ packages }) => packages[distribution]),
  );
}
