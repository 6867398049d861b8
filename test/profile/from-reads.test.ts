import test from 'ava';
import { modelReads } from '../../src/optical/drive-model.js';
import type { DiscMap } from '../../src/profile/disc-map.js';
import { driveUse } from '../../src/profile/drive-use.js';
import { profileFromReads } from '../../src/profile/from-reads.js';
import { OwnedRuns } from '../../src/profile/owned-runs.js';
import type { OwnedRun, Owner } from '../../src/profile/owner.js';
import { formatProfile } from '../../src/profile/profile-file.js';

const run = (start: number, count: number, owner: Owner): OwnedRun => {
  return { start, count, owner, skip: 0 };
};

const MAP: DiscMap = {
  sectors: new OwnedRuns(
    [
      run(0, 16, { kind: 'system-area' }),
      run(20, 10, { kind: 'disc-file', path: 'live/vmlinuz', block: 0 }),
      run(30, 4, { kind: 'superblock', group: 0 }),
      run(34, 4, { kind: 'inode-table', first: 1 }),
      run(38, 8, { kind: 'data', path: 'bin/sh', block: 8 }),
      run(46, 2, { kind: 'indirect', path: 'bin/sh', level: 1, block: 12 }),
      run(48, 4, { kind: 'data', path: 'bin/sh', block: 12 }),
      run(52, 2, { kind: 'xattr', path: 'bin/ping' }),
      run(54, 2, { kind: 'directory', path: '', block: 0 }),
      run(56, 2, { kind: 'directory', path: 'bin', block: 0 }),
    ],
    100,
  ),
  rootUuid: '',
  rootStart: 0,
  inodePaths: new Map([
    [2, ''],
    [11, 'bin'],
    [12, 'bin/sh'],
  ]),
};

const read = (time: number, sector: number, sectors: number) => {
  return { time, offset: sector * 2048, length: sectors * 2048 };
};

const linesOf = (...reads: readonly ReturnType<typeof read>[]) =>
  formatProfile(profileFromReads(reads, MAP)).trimEnd().split('\n').slice(2);

test('reads become accesses of what they touch', (t) => {
  t.deepEqual(linesOf(read(0.5, 0, 100)), [
    '0.500 disc 0-9 /live/vmlinuz',
    '0.500 inode - /',
    '0.500 inode - /bin',
    '0.500 inode - /bin/sh',
    '0.500 data 8-11 /bin/sh',
    '0.500 indirect1 12 /bin/sh',
    '0.500 data 12-13 /bin/sh',
    '0.500 xattr - /bin/ping',
    '0.500 directory 0 /',
    '0.500 directory 0 /bin',
  ]);
});

test('half a block counts as the block; the first access has the time', (t) => {
  t.deepEqual(linesOf(read(1, 41, 2), read(2.0004, 38, 4), read(3, 38, 8)), [
    '1.000 data 9-10 /bin/sh',
    '2.000 data 8 /bin/sh',
    '3.000 data 11 /bin/sh',
  ]);
  t.deepEqual(linesOf({ time: 0, offset: 21 * 2048 + 100, length: 2048 }), [
    '0.000 disc 1-2 /live/vmlinuz',
  ]);
});

test('a sector of the inode table has eight inodes', (t) => {
  t.deepEqual(linesOf(read(0, 34, 1)), ['0.000 inode - /']);
  const lines = linesOf(read(0, 35, 1), read(1, 54, 2), read(2, 56, 2));
  t.deepEqual(lines, [
    ...['0.000 inode - /bin', '0.000 inode - /bin/sh'],
    ...['1.000 directory 0 /', '2.000 directory 0 /bin'],
  ]);
});

test('inodes of directories that nobody read are none of it', (t) => {
  t.deepEqual(linesOf(read(0, 35, 1)), []);
  t.deepEqual(linesOf(read(0, 56, 2), read(1, 35, 1)), [
    '0.000 directory 0 /bin',
    '1.000 inode - /bin/sh',
  ]);
});

test('data that reading ahead on the device came across are no access', (t) => {
  t.deepEqual(linesOf(read(1, 46, 6), read(2, 50, 2)), [
    '1.000 indirect1 12 /bin/sh',
    '2.000 data 13 /bin/sh',
  ]);
  t.deepEqual(linesOf(read(1, 35, 5)), []);
});

test('what is behind the disc or nobody owns is no access', (t) => {
  t.deepEqual(linesOf(read(0, 90, 1000), read(0, 5000, 1), read(0, 16, 2)), []);
});

test('the drive is busy with what its reads begin in', (t) => {
  const reads = [
    read(0, 20, 10),
    read(0, 38, 8),
    read(0, 20, 2),
    read(0, 30, 20),
    read(0, 5000, 1),
  ];
  const uses = driveUse(reads, MAP);
  t.deepEqual(
    uses.map(({ kind, headMoves, bytes }) => [kind, headMoves, bytes / 2048]),
    [
      ['disc-file', 1, 12],
      ['free', 1, 1],
      ['superblock', 0, 20],
      ['data', 0, 8],
    ],
  );
  const { seconds } = modelReads(reads);
  t.true(Math.abs(uses.reduce((sum, use) => sum + use.seconds, 0) - seconds) < 1e-9);
});
