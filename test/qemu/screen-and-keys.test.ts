import test from 'ava';
import { keyPresses } from '../../src/qemu/keyboard.js';
import { TEXT_SCREEN, textScreenLines } from '../../src/qemu/text-screen.js';

test('the screen is read cell by cell', (t) => {
  const memory = Buffer.alloc(TEXT_SCREEN.size);
  for (const [index, character] of [...'Start # 1'].entries()) {
    memory[160 + index * 2] = character.charCodeAt(0);
    memory[160 + index * 2 + 1] = 0x1f;
  }
  memory[0] = 0xda; // a corner of a frame
  const lines = textScreenLines(memory);
  t.is(lines.length, 25);
  t.deepEqual(lines.slice(0, 3), ['?', 'Start # 1', '']);
});

test('a text is keys; what no key types is refused', (t) => {
  const names = keyPresses(' a=S_\n').map((keys) => keys.map(({ data }) => data).join('+'));
  t.deepEqual(names, ['spc', 'a', 'equal', 'shift+s', 'shift+minus', 'ret']);
  t.throws(() => keyPresses('\u00e9'), { instanceOf: RangeError });
});
