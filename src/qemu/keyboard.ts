/** A key as QMP's `send-key` takes it (QEMU: qapi/ui.json, QKeyCode). */
export interface Key {
  readonly type: 'qcode';
  readonly data: string;
}

const SHIFT: Key = { type: 'qcode', data: 'shift' };
const SHIFTED = /[A-Z_]/;

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'spc',
  '\t': 'tab',
  '\n': 'ret',
  '-': 'minus',
  _: 'minus',
  '=': 'equal',
  '.': 'dot',
  ',': 'comma',
  '/': 'slash',
};

/**
 * The keys to press, one after the other, on a keyboard as the firmware has it (US): letters,
 * digits and what kernel parameters have besides. Pure.
 * @throws RangeError for other characters.
 */
export function keyPresses(text: string): Key[][] {
  return [...text].map((character) => {
    const lower = character.toLowerCase();
    const name = /[a-z0-9]/.test(lower) ? lower : NAMES[character];
    if (name === undefined) throw new RangeError(`no key types "${character}"`);
    const key: Key = { type: 'qcode', data: name };
    return SHIFTED.test(character) ? [SHIFT, key] : [key];
  });
}
