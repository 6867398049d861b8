/** Tar archives made by hand, for what no program writes. */
export interface CraftedHeader {
  readonly name: string;
  readonly typeflag?: string;
  /** Bytes, or the raw field. */
  readonly size?: number | string | Buffer;
  readonly mode?: number;
  readonly uid?: number | Buffer;
  readonly mtime?: number | Buffer;
  readonly linkName?: string;
  readonly magic?: string;
  readonly prefix?: string;
  readonly checksum?: 'unsigned' | 'signed' | 'wrong';
  /** Written over the header before its checksum is taken. */
  readonly patch?: readonly (readonly [offset: number, bytes: string])[];
}

export const USTAR = 'ustar\x0000';
export const GNU = 'ustar  \0';
export const V7 = '\0\0\0\0\0\0\0\0';

export function header(fields: CraftedHeader): Buffer {
  const block = Buffer.alloc(512);
  const put = (offset: number, value: string | Buffer) => {
    (typeof value === 'string' ? Buffer.from(value, 'latin1') : value).copy(block, offset);
  };
  const octal = (value: number | string | Buffer, digits: number) =>
    typeof value === 'number' ? `${value.toString(8).padStart(digits, '0')}\0` : value;
  put(0, fields.name);
  put(100, octal(fields.mode ?? 0o644, 7));
  put(108, octal(fields.uid ?? 0, 7));
  put(116, octal(0, 7));
  put(124, octal(fields.size ?? 0, 11));
  put(136, octal(fields.mtime ?? 1_600_000_000, 11));
  put(156, fields.typeflag ?? '0');
  put(157, fields.linkName ?? '');
  put(257, fields.magic ?? USTAR);
  put(345, fields.prefix ?? '');
  for (const [offset, bytes] of fields.patch ?? []) put(offset, bytes);
  put(148, '        ');
  put(148, checksum(block, fields.checksum ?? 'unsigned'));
  return block;
}

function checksum(block: Buffer, kind: 'unsigned' | 'signed' | 'wrong'): string {
  let sum = kind === 'wrong' ? 1 : 0;
  for (const byte of block) sum += kind === 'signed' && byte > 127 ? byte - 256 : byte;
  return `${sum.toString(8).padStart(6, '0')}\0 `;
}

/** An entry with its data, padded. */
export function entry(fields: CraftedHeader, data: string | Buffer = ''): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  return Buffer.concat([header({ size: bytes.length, ...fields }), bytes, padding]);
}

export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length++;
  return `${length}${rest}`;
}

/** An extended header for the entry that follows it. */
export function pax(records: Record<string, string> | [string, string][], typeflag = 'x'): Buffer {
  const pairs = Array.isArray(records) ? records : Object.entries(records);
  const data = pairs.map(([key, value]) => paxRecord(key, value)).join('');
  return entry({ name: 'PaxHeaders/x', typeflag }, data);
}

export const END = Buffer.alloc(1024);

export function archive(...parts: Buffer[]): Buffer {
  return Buffer.concat([...parts, END]);
}
