import test from 'ava';
import { type DriveLook, quietUntil } from '../../src/profile/quiet-time.js';

/** For how long it has been quiet after looks, each of seconds, requests and seconds of processors. */
function quietAfter(first: string, ...rest: string[]): number {
  let quiet = 0;
  let last = look(first);
  for (const now of rest.map(look)) {
    quiet = quietUntil(now, last, quiet);
    last = now;
  }
  return quiet;
}

function look(words: string): DriveLook {
  const [seconds = 0, requests = 0, processorSeconds = 0] = words.split(' ').map(Number);
  return { seconds, requests, processorSeconds };
}

test('what is read ends the quiet', (t) => {
  t.is(quietAfter('0 7 0', '0.5 7 0', '1 7 0'), 1);
  t.is(quietAfter('0 7 0', '0.5 7 0', '1 8 0', '1.25 8 0'), 0.25);
});

test('a machine that computes is not quiet, one with a few timers is', (t) => {
  t.is(quietAfter('5 7 3', '6 7 3.1', '7 7 4.1', '8 7 4.5', '9 7 4.6'), 2);
});

test('the time in which nobody looked does not count', (t) => {
  t.is(quietAfter('0 7 0', '60 7 0.2', '60.5 7 0.2'), 1.5);
});
