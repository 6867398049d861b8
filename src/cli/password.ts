import { SnapdiscError } from '../errors.js';
import { isInteractive, type Terminal } from './terminal.js';

/** Longer lines are no passwords; what reads on would never end on a device. */
const MAX_LINE = 4096;

/**
 * The password a build is to set: the flag's value, with `-` a line from standard input (asked for on
 * a terminal), without the flag SNAPDISC_PASSWORD.
 * @throws SnapdiscError `usage.password`
 */
export async function readPassword(
  flag: string | undefined,
  source: string,
  terminal: Terminal,
): Promise<string | undefined> {
  if (flag === undefined) return terminal.env.SNAPDISC_PASSWORD || undefined;
  if (flag !== '-') return flag;
  if (source === '-') {
    throw new SnapdiscError(
      'usage.password',
      'Both the source and the password are to come from standard input.',
      { hint: 'Put the password into the variable SNAPDISC_PASSWORD.' },
    );
  }
  if (isInteractive(terminal)) {
    const { askPassword } = await import('../wizard/questions.js');
    return askPassword('Password', terminal);
  }
  return readLine(terminal.stdin);
}

/** The first line of a stream, without its end. */
async function readLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of input) {
    const bytes = Buffer.from(piece);
    const end = bytes.indexOf(0x0a);
    const part = end < 0 ? bytes : bytes.subarray(0, end);
    pieces.push(part);
    length += part.length;
    if (length > MAX_LINE) throw unusable(`is longer than ${MAX_LINE} bytes`);
    if (end >= 0) break;
  }
  const line = Buffer.concat(pieces).toString('utf8').replace(/\r$/, '');
  if (line === '') throw unusable('is empty');
  return line;
}

function unusable(why: string): SnapdiscError {
  return new SnapdiscError('usage.password', `The password on standard input ${why}.`, {
    hint: 'Give it as one line: --password=- < FILE',
  });
}
