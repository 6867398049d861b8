/** The memory of a PC's screen in text mode: 80 x 25 cells of a character and its colours. */
export const TEXT_SCREEN = { address: 0xb8000, size: 80 * 25 * 2 } as const;

const COLUMNS = 80;

/** The lines, without spaces at their ends; what is not ASCII is a question mark. Pure. */
export function textScreenLines(memory: Uint8Array): string[] {
  const lines: string[] = [];
  for (let cell = 0; cell + COLUMNS * 2 <= memory.length; cell += COLUMNS * 2) {
    const codes = Array.from({ length: COLUMNS }, (_, column) => memory[cell + column * 2] ?? 0);
    const line = codes.map(characterOf).join('');
    lines.push(line.trimEnd());
  }
  return lines;
}

function characterOf(code: number): string {
  if (code === 0) return ' ';
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '?';
}
