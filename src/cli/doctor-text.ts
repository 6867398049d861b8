import { DISTRIBUTIONS, type Distribution, installNames } from '../distributions.js';
import type { Finding } from '../doctor/examine.js';
import { formatTable } from './format.js';

/**
 * What the doctor found, as people read it, and how to install what is missing. Pure.
 * @param distributions those to name packages of.
 */
export function doctorLines(
  findings: readonly Finding[],
  distributions: readonly Distribution[],
): string[] {
  const rows = findings.map(({ name, found, required, version, purposes }) => [
    found ? 'found' : required ? 'MISSING' : 'missing',
    name,
    version ?? '',
    purposes.join('; '),
  ]);
  const missing = findings.filter(({ found }) => !found);
  if (missing.length === 0) return [...formatTable(rows), '', 'Nothing is missing.'];
  return [
    ...formatTable(rows),
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
