import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { burnerDrives, parseCdromInfo } from '../../src/media/burn/burner-drives.js';
import { temporaryDirectory } from '../ext2/helpers.js';

/** As drivers/cdrom/cdrom.c prints it, tabs and all, with some rows left out. */
const INFO = `CD-ROM information, Id: cdrom.c 3.20 2003/12/17

drive name:\t\tsr2\tsr1\tsr0
drive speed:\t\t24\t48\t24
Can close tray:\t\t1\t1\t1
Can write CD-R:\t\t0\t0\t1
Can write CD-RW:\t0\t0\t1
Can read DVD:\t\t1\t1\t1
Can write DVD-R:\t1\t0\t1
Can write DVD-RAM:\t1\t0\t0


`;

test('drives that write CDs or DVDs are burners', (t) => {
  t.deepEqual(parseCdromInfo(INFO), ['/dev/sr0', '/dev/sr2']);
  t.deepEqual(parseCdromInfo(''), []);
  t.deepEqual(parseCdromInfo('drive name:\t../../tmp\nCan write CD-R:\t1\n'), []);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const path of parseCdromInfo(text)) t.regex(path, /^\/dev\/[a-z]+\d+$/);
    }),
  );
});

test('a machine without an optical drive has no burner', async (t) => {
  const folder = await temporaryDirectory(t);
  t.deepEqual(await burnerDrives(join(folder, 'none')), []);
  await writeFile(join(folder, 'info'), INFO);
  t.deepEqual(await burnerDrives(join(folder, 'info')), ['/dev/sr0', '/dev/sr2']);
});
