import test from 'ava';
import { missingParameters, parametersBeside } from '../../src/profile/serial-parameters.js';
import { build, rootfs } from '../build/small-disc.js';

const CONSOLE = 'console=ttyS0,115200';
const LOG = ['systemd.log_target=kmsg', 'printk.devkmsg=on', 'ignore_loglevel'];

test('a menu lacks what it does not say', (t) => {
  t.deepEqual(parametersBeside('APPEND quiet', 'login'), [CONSOLE]);
  t.deepEqual(parametersBeside('APPEND console=ttyS0,9600 quiet', 'login'), []);
  t.deepEqual(parametersBeside('APPEND quiet', 'multi-user'), [CONSOLE, ...LOG]);
  t.deepEqual(parametersBeside(`APPEND ${CONSOLE} ${LOG.join(' ')}`, 'multi-user'), []);
});

test("a disc's own menu is asked", async (t) => {
  process.env.SOURCE_DATE_EPOCH = '1735689600';
  const source = await rootfs(t);
  const plain = await build(t, source, {});
  t.deepEqual(await missingParameters(plain.iso, 'login'), [CONSOLE]);
  const serial = await build(t, source, { serial: true });
  t.deepEqual(await missingParameters(serial.iso, 'login'), []);
  t.deepEqual(await missingParameters(serial.iso, 'multi-user'), LOG);
});
