/** Makes small ELF files with nothing in them but what the dynamic loader reads. */

export interface ElfRecipe {
  readonly bits?: 32 | 64;
  readonly littleEndian?: boolean;
  readonly machine?: number;
  readonly type?: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  /** Appended, to make files differ. */
  readonly payload?: string;
}

/** Addresses are file offsets plus this, so that mixing them up is noticed. */
const BASE = 0x10000;

export function elf(recipe: ElfRecipe = {}): Buffer {
  const { bits = 64, littleEndian = true, machine = 62, type = 3, payload = '' } = recipe;
  const strings: Buffer[] = [Buffer.from('\0')];
  const text = (value: string) => {
    const at = Buffer.concat(strings).length;
    strings.push(Buffer.from(`${value}\0`, 'latin1'));
    return at;
  };
  const interpreter = recipe.interpreter === undefined ? undefined : text(recipe.interpreter);
  const entries: [number, number][] = (recipe.needed ?? []).map((name) => [1, text(name)]);
  if (recipe.soname !== undefined) entries.push([14, text(recipe.soname)]);
  if (recipe.rpath !== undefined) entries.push([15, text(recipe.rpath)]);
  if (recipe.runpath !== undefined) entries.push([29, text(recipe.runpath)]);

  const word = bits / 8;
  const headerBytes = bits === 64 ? 64 : 52;
  const segmentBytes = bits === 64 ? 56 : 32;
  const segments = 2 + (interpreter === undefined ? 0 : 1);
  const dynamicAt = headerBytes + segments * segmentBytes;
  const dynamicBytes = (entries.length + 2) * 2 * word;
  const stringsAt = dynamicAt + dynamicBytes;
  const table = Buffer.concat([...strings, Buffer.from(payload)]);
  const bytes = Buffer.alloc(stringsAt + table.length);
  table.copy(bytes, stringsAt);

  const put = (size: number, at: number, value: number) => {
    if (size === 8) {
      if (littleEndian) bytes.writeBigUInt64LE(BigInt(value), at);
      else bytes.writeBigUInt64BE(BigInt(value), at);
    } else if (littleEndian) bytes.writeUIntLE(value, at, size);
    else bytes.writeUIntBE(value, at, size);
  };
  bytes.write('\x7fELF', 0, 'latin1');
  bytes[4] = bits / 32;
  bytes[5] = littleEndian ? 1 : 2;
  put(2, 16, type);
  put(2, 18, machine);
  put(word, bits === 64 ? 32 : 28, headerBytes);
  put(2, bits === 64 ? 54 : 42, segmentBytes);
  put(2, bits === 64 ? 56 : 44, segments);

  let segmentAt = headerBytes;
  const segment = (kind: number, offset: number, size: number) => {
    put(4, segmentAt, kind);
    put(word, segmentAt + word, offset);
    put(word, segmentAt + 2 * word, BASE + offset);
    put(word, segmentAt + (bits === 64 ? 32 : 16), size);
    segmentAt += segmentBytes;
  };
  segment(1, 0, bytes.length);
  if (interpreter !== undefined) segment(3, stringsAt + interpreter, 1);
  segment(2, dynamicAt, dynamicBytes);

  for (const [at, [tag, value]] of [
    [5, BASE + stringsAt],
    ...entries,
    [0, 0],
  ].entries() as Iterable<[number, [number, number]]>) {
    put(word, dynamicAt + at * 2 * word, tag);
    put(word, dynamicAt + (at * 2 + 1) * word, value);
  }
  return bytes;
}
