import { access, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { enterNewRoot } from './helpers/new-root.js';

const hook = (text: string) => `#!/bin/sh\n${text}\n`;

test("hooks: the initrd's, the disc's, the root's, each in the order of names", async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await root.write('lib/live/hooks/02-late', hook('echo initrd 2'), 0o755);
  await root.write('lib/live/hooks/01-early', hook('echo initrd 1; exit 3'), 0o755);
  await root.write('run/live/medium/live/hooks/10-a', hook('echo disc "$live_mine"'), 0o755);
  await root.write('run/live/medium/live/hooks/20-b', hook('echo never'), 0o644);
  await root.write(
    'root/etc/live/hooks.d/x',
    hook('echo root "$live_mine"; [ -d /etc/live ]'),
    0o755,
  );
  await root.lines('cp -a /bin /lib* /usr /root/ 2>/dev/null || :');
  t.deepEqual(await root.lines('live_mine="two words"; run_hooks'), [
    'initrd 1',
    'warning: the hook 01-early failed with status 3',
    'initrd 2',
    'disc two words',
    'warning: the hook 20-b is not executable: it was not run',
    ...['proc', 'sys', 'dev', 'run'].map((name) => `mount -o bind /${name} /root/${name}`),
    'root two words',
    ...['run', 'dev', 'sys', 'proc'].map((name) => `umount /root/${name}`),
  ]);
});

test('hooks are told what the disc is; the init keeps its own environment', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  await root.write('lib/live/hooks/01', hook('echo $LIVE_DISC $LIVE_MEDIUM $live_net'), 0o755);
  const said = await root.lines('live_net=no; run_hooks; env | grep -c live_net || :');
  t.deepEqual(said, ['/dev/sr0 /run/live/medium no', '0']);
});

test('tools for people are linked into the path, once', async (t) => {
  const root = await enterNewRoot(t, { 'usr/local/bin/other': '' });
  if (root === undefined) return;
  await root.lines('mkdir -p /run/live; cp -a /lib/live/system /run/live/bin; link_tools');
  const link = join(root.top, 'root/usr/local/bin/live-changes');
  t.is(await readlink(link), '/run/live/bin/live-changes');
  await root.lines('link_tools');
  t.is(await readlink(link), '/run/live/bin/live-changes');
  await t.throwsAsync(access(join(root.top, 'root/usr/local/bin/resident.sh')));
});
