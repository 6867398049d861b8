import test from 'ava';
import { wasSwept } from '../../src/cli/record-profile.js';
import { OwnedRuns } from '../../src/profile/owned-runs.js';
import { profileOf } from '../../src/profile/profile.js';

const copy = (block: number) => ({ kind: 'disc-file', path: 'live/hot.gz', block }) as const;

test('a boot was swept that read most of the compressed copy, wherever its pieces lie', (t) => {
  const sectors = new OwnedRuns(
    [
      { start: 10, count: 60, owner: copy(0), skip: 0 },
      { start: 90, count: 40, owner: copy(60), skip: 0 },
    ],
    200,
  );
  const read = (path: string, count: number) =>
    profileOf([{ milliseconds: 1, kind: 'disc', path, first: 0, count }]);
  t.true(wasSwept(read('live/hot.gz', 100), { sectors }));
  t.false(
    wasSwept(read('live/hot.gz', 20), { sectors }),
    'what was read ahead of the file before it',
  );
  t.false(wasSwept(read('live/vmlinuz', 100), { sectors }));
  t.false(wasSwept(profileOf([]), { sectors: new OwnedRuns([], 200) }));
});
