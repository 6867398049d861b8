import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { temporaryDirectory } from '../ext2/helpers.js';
import { discOf } from '../extract/helpers.js';
import { directory, file } from '../fixtures/torture-tree.js';
import { TerminalScreen } from '../wizard/fixtures/terminal-screen.js';
import { loopDevice } from './helpers.js';

/** The program that users run, on a terminal of its own. */
const PROGRAM = fileURLToPath(new URL('../../bin/snapdisc.js', import.meta.url));
const MIB = 1024 * 1024;

test('only the name of the drive, typed, lets a disc be written to it', async (t) => {
  const { iso } = await discOf(t, directory({ data: file('x'.repeat(MIB)) }));
  const wanted = await readFile(iso);
  const drive = (await loopDevice(t, 16 * MIB)) ?? '/dev/null';
  const screen = await TerminalScreen.start(await temporaryDirectory(t), [
    ...['env', 'NO_COLOR=1', process.execPath, PROGRAM, 'flash', iso, drive],
  ]);
  t.teardown(() => screen.close());
  if (drive === '/dev/null') {
    // Without loop devices: what is no drive is refused before anything is asked.
    t.is(await screen.exitCode(), 2);
    return;
  }
  const name = drive.replace('/dev/', '');
  const shown = await screen.expect(/Type \w+ to go on/);
  t.regex(shown, new RegExp(`^${drive} +16(\\.\\d+)? MiB +no model +no serial number`, 'm'));
  t.true(shown.includes(`All that is on ${drive} will be lost. Type ${name} to go on`), shown);
  await screen.press('yes', 'Enter');
  await screen.expect(new RegExp(`That is not ${name}`));
  t.true((await readFile(drive)).subarray(0, MIB).equals(Buffer.alloc(MIB)), 'nothing is written');
  await screen.press('BSpace', 'BSpace', 'BSpace', name, 'Enter');
  t.is(await screen.exitCode(), 0);
  t.true((await readFile(drive)).subarray(0, wanted.length).equals(wanted));
});
