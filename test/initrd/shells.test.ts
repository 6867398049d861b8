import test from 'ava';
import { enterInitrd } from './helpers/host-initrd.js';

/** Consoles: one cannot be opened, of the others the second is left first. */
const CONSOLES = `
. /lib/live/question.sh
mkdir -p /run/live
consoles() { echo gone first second; }
: >/dev/first
: >/dev/second
shell_at() {
  echo "shell at $1"
  case $1 in
  first) sh -c 'echo $$ >>/run/live/shells; exec sleep 100' ;;
  esac
}`;

test('every console has a shell, and who leaves one leaves all', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const lines = await initrd.shell.lines(`${CONSOLES}
    shells_until_one_ends
    wait
    echo over`);
  t.deepEqual(lines.slice(0, 2).sort(), ['shell at first', 'shell at second']);
  // Were the first one not ended, the test would not end in time.
  t.is(lines.at(-1), 'over');
});
