import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import { systemReason } from '../src/system-error.js';

test('the reason is the words of the system, without codes and paths', async (t) => {
  const reason = async (failing: Promise<unknown>) =>
    systemReason(await failing.catch((error: unknown) => error));
  t.is(await reason(readFile('/nonexistent')), 'no such file or directory');
  t.is(await reason(readdir('/etc/passwd')), 'not a directory');
  t.is(await reason(readFile('/')), 'illegal operation on a directory');
});

test('what is no failure of the system says what it says', (t) => {
  t.is(systemReason(new Error('it is over 1 MiB')), 'it is over 1 MiB');
  t.is(systemReason('text'), 'text');
  t.is(systemReason(Object.assign(new Error('odd'), { errno: 12345 })), 'odd');
});
