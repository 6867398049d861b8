import { setTimeout as sleep } from 'node:timers/promises';
import { SnapdiscError } from '../errors.js';
import { SAME_ADDRESSES } from './emulation.js';
import type { VirtualMachine } from './virtual-machine.js';

const MENU_SECONDS = 60;
const POLL_MS = 200;
/** The menu's entry that is chosen at first, of our own menu. */
const MENU_ENTRY = 'Start the live system';

/**
 * Starts a disc from its boot menu with more kernel parameters, as a person would: Tab, the parameters, Enter. What
 * helps an emulator is added. Does nothing where another menu comes.
 * @throws SnapdiscError `vm.menu`, `vm.*`
 */
export async function startFromMenu(
  machine: VirtualMachine,
  parameters: readonly string[],
): Promise<void> {
  if (!(await appears(machine, MENU_ENTRY))) return;
  await machine.type('\t');
  if (!(await appears(machine, '> '))) throw notOnScreen('the line to edit');
  // What has come back has been taken.
  for (const word of [...parameters, SAME_ADDRESSES]) {
    await machine.type(` ${word}`);
    if (!(await appears(machine, word))) throw notOnScreen(word);
  }
  await machine.type('\n');
}

async function appears(machine: VirtualMachine, text: string): Promise<boolean> {
  const until = Date.now() + MENU_SECONDS * 1000;
  while (Date.now() < until) {
    // A line that is edited goes on at the left of the next.
    if ((await machine.textScreen()).join('').includes(text)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

function notOnScreen(what: string): SnapdiscError {
  return new SnapdiscError('vm.menu', `The boot menu does not show ${what}.`);
}
