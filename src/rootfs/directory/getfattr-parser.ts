import type { ByteString } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import type { Xattr } from '../tree.js';

export interface FileXattrs {
  /** As getfattr was given it, or found it below that. */
  readonly path: ByteString;
  readonly xattrs: readonly Xattr[];
}

const FILE = '# file: ';

/**
 * Parses the output of `getfattr -d -e hex` (attr 2.5, getfattr.c): a line `# file: PATH`, lines
 * `NAME=0xHEX`, an empty line. In paths newline, carriage return and backslash are written as a
 * backslash and three octal digits, in names `=` too; all other bytes stand for themselves.
 * @throws SnapdiscError `tool.failed` for a line that is none of these.
 */
export async function* parseGetfattr(output: AsyncIterable<Buffer>): AsyncGenerator<FileXattrs> {
  let path: ByteString | undefined;
  let xattrs: Xattr[] = [];
  for await (const line of lines(output)) {
    if (line.startsWith(FILE)) {
      path = unescapeOctal(line.slice(FILE.length));
      xattrs = [];
    } else if (line === '') {
      // Not at the next one: behind the last one, getfattr may fail.
      if (path !== undefined) yield { path, xattrs };
      path = undefined;
    } else {
      const equals = line.indexOf('=');
      const value = line.slice(equals + 1);
      if (path === undefined || equals <= 0 || !/^(?:0x(?:[0-9a-f]{2})*)?$/i.test(value)) {
        throw new SnapdiscError('tool.failed', 'getfattr wrote something that is not understood.', {
          hint: 'Another version of attr may help; 2.5.1 is known to work.',
        });
      }
      xattrs.push({
        name: unescapeOctal(line.slice(0, equals)),
        value: Buffer.from(value.slice(2), 'hex'),
      });
    }
  }
  if (path !== undefined) yield { path, xattrs };
}

async function* lines(output: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of output) {
    const parts = (rest + piece.toString('latin1')).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}

function unescapeOctal(text: string): ByteString {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
