import { SnapdiscError } from '../errors.js';
import { recipeError } from '../recipe/problems.js';
import { fieldProblem } from '../recipe/recipe.js';
import { isInteractive, type Terminal } from './terminal.js';

/** Longer lines are no passwords; what reads on would never end on a device. */
const MAX_LINE = 4096;

/**
 * The password that `-` stands for: a line from standard input, asked for on a terminal.
 * @param inputTaken the root filesystem comes from standard input
 * @throws SnapdiscError `usage.password`, `usage.recipe`
 */
export async function readPassword(inputTaken: boolean, terminal: Terminal): Promise<string> {
  if (inputTaken) {
    throw new SnapdiscError(
      'usage.password',
      'Both the source and the password are to come from standard input.',
      { hint: 'Put the password into the variable SNAPDISC_PASSWORD.' },
    );
  }
  const password = await askOrRead(terminal);
  const problem = fieldProblem('password', password);
  if (problem === undefined) return password;
  throw recipeError([`The password on standard input ${problem}`]);
}

async function askOrRead(terminal: Terminal): Promise<string> {
  if (isInteractive(terminal)) {
    const { askPassword } = await import('../wizard/questions.js');
    return askPassword('Password', terminal);
  }
  // It would be typed in sight of everybody.
  if (terminal.noInput === true && terminal.stdin.isTTY === true) {
    throw new SnapdiscError('usage.password', 'The password is to be asked for, with --no-input.', {
      hint: 'Give it as a line on standard input, or in the variable SNAPDISC_PASSWORD.',
    });
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
