import type { Readable } from 'node:stream';
import { throwIfAborted } from '../../build/write-disc.js';
import { SnapdiscError } from '../../errors.js';
import { converse, linesOf, type Tool } from '../../process.js';
import { MIB } from '../../units.js';

/** The last lines a burner said, for when it fails. */
const KEPT_LINES = 20;

/**
 * Runs a burner to its end.
 * @param onBytes told of so many more bytes written, as the burner tells of megabytes.
 * @throws SnapdiscError `tool.missing`, `output.burn-failed` with what the burner said, `interrupted.signal`
 */
export async function runBurner(
  tool: Tool,
  args: readonly string[],
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  throwIfAborted(signal);
  const child = converse(tool, args);
  // SIGTERM: libburn brings the drive to rest before it ends.
  const stop = () => child.kill();
  signal?.addEventListener('abort', stop);
  child.stdin?.end();
  const said: string[] = [];
  let done = 0;
  const hear = async (output: Readable | null) => {
    for await (const line of linesOf(output ?? [])) {
      const written = megabytesWritten(line);
      if (written === undefined) said.push(line);
      if (said.length > KEPT_LINES) said.shift();
      if (written === undefined || written <= done) continue;
      onBytes((written - done) * MIB);
      done = written;
    }
  };
  try {
    const [result] = await Promise.all([child, hear(child.stdout), hear(child.stderr)]);
    throwIfAborted(signal);
    if (result.exitCode !== 0) throw burnFailed(tool, said);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** `xorriso : UPDATE :    3 of    5 MB written`, `Track 01:    3 of    5 MB written`. */
export function megabytesWritten(line: string): number | undefined {
  const text = /(\d+) of +\d+ MB written/.exec(line)?.[1];
  return text === undefined ? undefined : Number(text);
}

/** Of what a burner said the lines that tell why it failed, indented. Pure. */
export function reasonLines(said: readonly string[]): string[] {
  const reasons = said.filter((line) => /\b(FATAL|FAILURE|SORRY|ABORT)\b/.test(line));
  return (reasons.length > 0 ? reasons : said.slice(-3)).map((line) => `  ${line.trim()}`);
}

function burnFailed({ program }: Tool, said: readonly string[]): SnapdiscError {
  const shown = reasonLines(said);
  return new SnapdiscError(
    'output.burn-failed',
    `${program} could not burn:\n${shown.join('\n')}`,
    {
      hint: 'Check the drive and its permissions, and try another disc or a lower --speed.',
    },
  );
}
