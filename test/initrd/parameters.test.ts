import test, { type ExecutionContext } from 'ava';
import { settingsReader } from './helpers/init-settings.js';
import { enterNewRoot } from './helpers/new-root.js';

/** What a command line makes of shell variables, one a line. */
async function parsed(t: ExecutionContext, line: string, ...names: string[]) {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return undefined;
  const print = names.map((name) => `echo "${name}=\${${name}:-}"`).join('; ');
  await root.write('run/line', `${line}\n`);
  return root.lines(`. /lib/live/settings.sh; read -r COMMAND_LINE </run/line
    read_parameters; WAIT=\${live_wait:-60} ZRAM_SWAP=\${live_zram_swap:-auto}
    check_numbers; ${print}`);
}

test('parameters as other systems spell them', async (t) => {
  const line = 'quiet zram_size_pct=75 initrddebug=y init=/bin/sh';
  const told = await parsed(t, line, 'ZRAM_SWAP', 'live_debug', 'INIT');
  if (told === undefined) return;
  t.deepEqual(told, ['ZRAM_SWAP=75', 'live_debug=yes', 'INIT=/bin/sh']);
});

test('the last one counts, a bare one is yes, a percent sign may follow', async (t) => {
  const line = 'live.net=no live.autologin live.zram_swap=010% live.net=dhcp live.zram_algo=lz4';
  const names = ['live_net', 'live_autologin', 'ZRAM_SWAP', 'live_zram_algo'];
  const told = await parsed(t, line, ...names);
  if (told === undefined) return;
  t.deepEqual(told, ['live_net=dhcp', 'live_autologin=yes', 'ZRAM_SWAP=10', 'live_zram_algo=lz4']);
});

test('a value that is not known is told, and the default taken', async (t) => {
  const root = await enterNewRoot(t, {});
  if (root === undefined) return;
  const check = (settings: string) =>
    root.lines(`. /lib/live/settings.sh; ${settings}; check_words
      echo "$ORIGIN $COW_TYPE \${ZRAM_ALGO:-none}"`);
  for (const good of ['direct PO lz4', 'loop N none', 'direct P lzo-rle']) {
    const [origin, type, algorithm = ''] = good.split(' ');
    const algo = algorithm.replace('none', '');
    t.deepEqual(await check(`ORIGIN=${origin} COW_TYPE=${type} ZRAM_ALGO=${algo}`), [good]);
  }
  t.deepEqual(await check(`ORIGIN=lop COW_TYPE=po ZRAM_ALGO='lz4('`), [
    'warning: live.origin=lop is not known (direct, loop); using direct',
    'warning: live.cow_type=po is not known (PO, P, N); using PO',
    "warning: live.zram_algo=lz4( is no name of an algorithm; using the kernel's",
    'direct PO none',
  ]);
});

test('live.debug takes the stages of the init, and nothing else without a word', async (t) => {
  const after = await settingsReader(t);
  if (after === undefined) return;
  const debug = (parameters: string) => after({ parameters }, 'echo "$DEBUG"');
  for (const stage of ['load_drivers', 'mount_root', 'switch_to_root'])
    t.deepEqual(await debug(`live.debug=${stage}`), [stage]);
  t.deepEqual(await debug('live.debug'), ['switch_to_root']);
  t.deepEqual(await debug('live.debug=no'), ['']);
  for (const typo of ['mount_rot', '.*', 'mount_root$', '-v']) {
    const [warning = '', ...rest] = await debug(`live.debug=${typo}`);
    t.true(warning.startsWith(`warning: live.debug=${typo} is no stage (`), warning);
    t.deepEqual(rest, [''], typo);
  }
});

test('numbers are no longer than what arithmetic can take', async (t) => {
  const after = await settingsReader(t);
  if (after === undefined) return;
  const wait = (number: string) => after({ parameters: `live.wait=${number}` }, 'echo "$WAIT"');
  t.deepEqual(await wait('99999999999'), ['99999999999']);
  t.deepEqual(await wait(`${'0'.repeat(30)}90`), ['90']);
  for (const long of ['100000000000', '9'.repeat(20), `${2n ** 64n}`])
    t.deepEqual(await wait(long), [
      'warning: live.wait is not a number of seconds; waiting 60',
      '60',
    ]);
});

test('odd words neither run anything nor end the script', async (t) => {
  const line =
    'live.a;echo=x live.$(reboot)=y live.=z live.wait=soon live.zram_swap=-1 live.user=* *';
  const told = await parsed(t, line, 'WAIT', 'ZRAM_SWAP', 'live_user');
  if (told === undefined) return;
  t.deepEqual(told, [
    'warning: live.wait is not a number of seconds; waiting 60',
    'warning: live.zram_swap is not a percentage; using the default',
    'WAIT=60',
    'ZRAM_SWAP=auto',
    'live_user=*',
  ]);
});
