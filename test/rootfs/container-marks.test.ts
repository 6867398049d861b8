import test from 'ava';
import { removeContainerMarks } from '../../src/rootfs/container-marks.js';
import { directory, file } from '../fixtures/torture-tree.js';

test('a system that came out of a container is none any more', (t) => {
  const etc = directory({ '.dockerenv': file('of no meaning here') });
  const root = directory({ '.dockerenv': file(''), etc });
  removeContainerMarks(root);
  t.deepEqual([...root.entries.keys()], ['etc']);
  t.is(etc.entries.size, 1);
  t.notThrows(() => removeContainerMarks(root));
});
