import { type ByteString, byteStringFromText } from '../../bytes.js';
import { SnapdiscError } from '../../errors.js';
import { run, stream, type Tool } from '../../process.js';
import { type Directory, lookup } from '../tree.js';
import { parseGetfattr } from './getfattr-parser.js';
import { EMPTIED } from './running-system.js';

export const GETFATTR: Tool = {
  program: 'getfattr',
  purpose: 'reads extended attributes, such as the capabilities of ping',
  debianPackage: 'attr',
};

export const FIND: Tool = {
  program: 'find',
  purpose: 'gives getfattr the names of all files',
  debianPackage: 'findutils',
};

/**
 * Reads the xattrs of everything below `rootPath` into the Tree. `getfattr -R` would follow into
 * every filesystem mounted there, so find names the files: it stays on `rootPath`'s filesystem and
 * those of the mount points `crossed`.
 * @param isRunning whether it is the system that runs here, of which files vanish and some are left out.
 * @returns warnings: without getfattr there are no xattrs, which most systems can do without.
 */
export async function addXattrs(
  root: Directory,
  rootPath: string,
  crossed: readonly ByteString[],
  signal?: AbortSignal,
  isRunning = false,
): Promise<string[]> {
  const starts = [rootPath];
  for (const path of crossed) starts.push(`${rootPath}/${Buffer.from(path, 'latin1')}`);
  const getfattr = ['getfattr', '-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', '--'];
  const above = rootPath === '/' ? '' : rootPath;
  const leftOut = isRunning ? EMPTIED : [];
  const prune = leftOut.flatMap((path) => ['-path', `${above}/${path}`, '-prune', '-o']);
  const arguments_ = [...starts, '-xdev', ...prune, '-exec', ...getfattr, '{}', '+'];
  const prefix = byteStringFromText(above);
  try {
    await run(GETFATTR, ['--version']);
    const output = stream(FIND, arguments_, undefined, signal);
    for await (const { path, xattrs } of parseGetfattr(output)) {
      const inode = lookup(root, path.slice(prefix.length), { followLast: false });
      if (inode !== undefined) inode.xattrs = xattrs;
    }
    return [];
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof SnapdiscError)) throw error;
    if (isRunning && hasOnlyVanished(error)) return [];
    const hint = error.hint === undefined ? '' : ` ${error.hint}`;
    return [
      `Extended attributes could not all be read, capabilities may be lost: ${error.message}${hint}`,
    ];
  }
}

/** Whether find and getfattr complain of nothing but files that are gone since. */
function hasOnlyVanished({ code, message }: SnapdiscError): boolean {
  if (code !== 'tool.failed') return false;
  const lines = message.slice(`${FIND.program} failed: `.length).split('\n');
  return lines.every((line) => line.endsWith(': No such file or directory'));
}
