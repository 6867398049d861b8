import test from 'ava';
import { enterInitrd } from './helpers/host-initrd.js';

const UNIT = '/run/systemd/system/systemd-random-seed.service';

test('systemd keeps its random seed only where something outlives the power', async (t) => {
  const initrd = await enterInitrd(t);
  if (initrd === undefined) return;
  const { shell } = initrd;
  const unit = (assignments: string) =>
    shell.lines(`
      debug_stop() { :; }; keep_tray_shut() { :; }; describe_disc() { :; }; hide_loop_devices() { :; }
      starts_systemd() { [ -n "$SYSTEMD" ]; }
      MEMORY_KIB=262144 ${assignments}; . /lib/live/system.sh; rm -f ${UNIT}; mkdir -p /root/etc
      prepare_system; if [ -L ${UNIT} ]; then readlink ${UNIT}; else echo "as it is"; fi`);
  t.deepEqual(await unit('SYSTEMD=1 PERSISTENT=no'), ['/dev/null']);
  t.deepEqual(await unit('SYSTEMD=1 PERSISTENT=yes'), ['as it is']);
  t.deepEqual(await unit('SYSTEMD= PERSISTENT=no'), ['as it is']);
});
