import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { execa } from 'execa';
import { installHint } from './distributions.js';
import { SnapdiscError } from './errors.js';

/**
 * The only place that starts a process. Children get no standard input unless asked, a C locale so
 * that their messages can be read, and SIGTERM when we end.
 */
const ENVIRONMENT = { LC_ALL: 'C.UTF-8', TZ: 'UTC' };
/** Where e2fsck and its kind are, which many users' PATH leaves out. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

function searchPath(path = process.env.PATH ?? ''): string[] {
  return [...path.split(delimiter), ...SYSTEM_FOLDERS].filter((folder) => folder !== '');
}

function environment() {
  return { ...ENVIRONMENT, PATH: searchPath().join(delimiter) };
}

function cancelledBy(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { cancelSignal: signal };
}

export interface Tool {
  /** The program's name, looked up in PATH and the folders of the system's own programs. */
  readonly program: string;
  /** What it is needed for: "reads xz-compressed archives". */
  readonly purpose: string;
  /** The Debian package that has it; distributions.ts knows what others call it. */
  readonly debianPackage: string;
}

let trace: ((line: string) => void) | undefined;

/** Prints each command line before it runs (`-v`). */
export function traceProcesses(print: (line: string) => void): void {
  trace = print;
}

/** Quotes one argument the way a POSIX shell reads it back. */
export function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** Quotes a command line the way a POSIX shell reads it back. */
export function shellCommand(argv: readonly string[]): string {
  return argv.map(shellQuote).join(' ');
}

/**
 * Runs `tool` to its end, which `signal` brings about at once, and gives its standard output as bytes.
 * @throws SnapdiscError `tool.missing` when the program is not installed, `tool.failed` when it
 *   ended with an error; the reason of `signal` once that has aborted.
 */
export async function run(
  tool: Tool,
  args: readonly string[],
  input?: Uint8Array | string,
  signal?: AbortSignal,
): Promise<Buffer> {
  signal?.throwIfAborted();
  announce(tool, args);
  try {
    const result = await execa(tool.program, args, {
      env: environment(),
      encoding: 'buffer',
      // Output is bytes: a signed kernel module ends with a newline that belongs to it.
      stripFinalNewline: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      ...cancelledBy(signal),
    });
    const { buffer, byteOffset, byteLength } = result.stdout;
    return Buffer.from(buffer, byteOffset, byteLength);
  } catch (error) {
    signal?.throwIfAborted();
    throw toolError(tool, error);
  }
}

/**
 * Runs `tool` and yields its standard output as it comes, `input` flowing in at the other end.
 * Leaving the loop early, or `signal`, ends the process. `variables` are added to its environment.
 * @throws SnapdiscError as `run` does, after the output that came before the failure.
 */
export async function* stream(
  tool: Tool,
  args: readonly string[],
  input?: Readable,
  signal?: AbortSignal,
  variables: Readonly<Record<string, string>> = {},
): AsyncGenerator<Buffer> {
  signal?.throwIfAborted();
  announce(tool, args);
  const child = execa(tool.program, args, {
    env: { ...environment(), ...variables },
    buffer: { stdout: false },
    ...(input === undefined ? { stdin: 'ignore' } : { stdin: [input, 'pipe'] }),
    ...cancelledBy(signal),
  });
  let finished = false;
  // Observed at once, so that an early failure is never an unhandled rejection.
  const outcome = child.then(
    () => undefined,
    (error: unknown) => toolError(tool, error),
  );
  // A program of the program's may hold the other end of the pipe.
  if (signal !== undefined) addAbortSignal(signal, child.stdout);
  try {
    for await (const piece of child.stdout) yield piece;
    finished = true;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    if (!finished) child.kill();
  }
  const failure = await outcome;
  signal?.throwIfAborted();
  if (failure !== undefined) throw failure;
}

const GROUP_REPEAT_MS = 500;
const GROUP_PATIENCE_MS = 120_000;

export interface ConversationOptions {
  /** Its standard input and output are the user's own terminal, not pipes. */
  readonly terminal?: boolean;
  /** It and what it starts are a process group of their own, which `endGroup` ends. */
  readonly group?: boolean;
  /** Added to its environment. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Starts `tool` for a conversation. Never rejects; `exitCode` of the awaited result tells how it
 * ended.
 */
export function converse(
  tool: Tool,
  args: readonly string[],
  { terminal = false, group = false, variables = {} }: ConversationOptions = {},
) {
  announce(tool, args);
  return execa(tool.program, args, {
    env: { ...environment(), ...variables },
    stdio: terminal ? 'inherit' : 'pipe',
    buffer: false,
    reject: false,
    detached: group,
  });
}

/**
 * Tells a program that was started with `group`, and all that it has started, to end: again and again,
 * since what starts next has not heard it. After two minutes it is killed.
 * @returns what stops the telling, for a program that is cleaning up.
 */
export function endGroup(child: Conversation): () => void {
  const { pid } = child;
  if (pid === undefined) return () => {};
  const deadline = performance.now() + GROUP_PATIENCE_MS;
  const tell = () => {
    const signal = performance.now() < deadline ? 'SIGTERM' : 'SIGKILL';
    try {
      process.kill(-pid, signal);
    } catch {
      // All of them have ended.
      stop();
    }
  };
  const timer = setInterval(tell, GROUP_REPEAT_MS);
  const stop = () => clearInterval(timer);
  tell();
  child.finally(stop);
  return stop;
}

export type Conversation = ReturnType<typeof converse>;

/** The lines of a program's output. Progress is drawn over itself: a carriage return ends one, too. */
export async function* linesOf(
  output: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of output) {
    const parts = (rest + piece.toString('latin1')).split(/[\r\n]+/);
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}

function announce(tool: Tool, args: readonly string[]): void {
  trace?.(`+ ${shellCommand([tool.program, ...args])}`);
}

/** `tool.missing`, with the package to install. */
export function missingTool({ program, purpose, debianPackage }: Tool): SnapdiscError {
  return new SnapdiscError('tool.missing', `${program} is not installed; it ${purpose}.`, {
    hint: installHint([debianPackage]),
  });
}

/** Turns execa's failure into ours, with the package to install or what the program said. */
export function toolError(tool: Tool, error: unknown): SnapdiscError {
  const failure = error as { code?: string; shortMessage?: string; stderr?: unknown };
  if (failure.code === 'ENOENT') return missingTool(tool);
  const said =
    Buffer.isBuffer(failure.stderr) || failure.stderr instanceof Uint8Array
      ? Buffer.from(failure.stderr).toString('utf8')
      : String(failure.stderr ?? '');
  return new SnapdiscError(
    'tool.failed',
    `${tool.program} failed: ${said.trim() || failure.shortMessage}`,
    {
      hint: `It ${tool.purpose}. Run again with -v to see its command line.`,
      // Not execa's own: that has properties that are undefined, more than some reporters can print.
      cause: new Error(failure.shortMessage ?? String(error)),
    },
  );
}

/** Whether `path`, folders separated as in PATH, has a program of that name that may be run. */
export async function isInstalled(program: string, path = process.env.PATH): Promise<boolean> {
  for (const folder of searchPath(path)) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
