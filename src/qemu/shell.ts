import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SnapdiscError } from '../errors.js';
import type { SerialConsole } from './console.js';

export interface CommandResult {
  /** The command's exit status, 0 to 255. */
  readonly status: number;
  /** What it wrote to standard output and standard error, as UTF-8 text, without the last newlines. */
  readonly output: string;
}

export interface ShellOptions {
  /** Typed where a `login:` prompt appears. */
  readonly user?: string;
  readonly password?: string;
  /** For the prompt to appear, seconds. Default 120. */
  readonly timeoutSeconds?: number;
}

/** Characters of one typed line: well under the 4,095 that a terminal line takes (n_tty.c). */
const LINE_LENGTH = 1024;
const DEFAULT_TIMEOUT = 60;
/** Before something is typed again. */
const RETRY_SECONDS = 10;
const MAX_GARBLED = 6;
/** Milliseconds before the first repetition; twice as long before each further one. */
const GARBLED_PAUSE = 100;

/**
 * Runs commands through a login shell on the far end of a serial console.
 *
 * A console is a bad wire: it echoes, shells redraw and wrap lines on it, the kernel prints into the
 * middle of them. So `open` replaces the shell by a loop without prompt, echo or editing; commands
 * travel as base64 in short lines; their output is kept in a file, and sent as base64 with its MD5
 * until it arrives whole. The guest needs a POSIX shell, base64, md5sum and stty, nothing else.
 */
export class SerialShell {
  readonly #console: SerialConsole;
  readonly #token: string;
  #commands = 0;

  private constructor(console: SerialConsole, token: string) {
    this.#console = console;
    this.#token = token;
  }

  /**
   * Waits for a prompt, logs in if it asks for that, and takes the shell over.
   * @throws SnapdiscError `vm.login` when the name or password is refused, or as
   *   `SerialConsole.expect` does.
   */
  static async open(console: SerialConsole, options: ShellOptions = {}): Promise<SerialShell> {
    const deadline = Date.now() + (options.timeoutSeconds ?? 120) * 1000;
    await reachPrompt(console, options, deadline);
    const token = randomBytes(6).toString('hex');
    // A prompt is a guess, and a shell that starts may drop what was typed before: type it again.
    // Typing it twice does no harm, the loop replaces itself.
    await repeatUntil(deadline, RETRY_SECONDS, async (seconds) => {
      console.send(`\nexec sh -c '${agent(token)}'\n`);
      await console.expect(`ready:${token}`, seconds);
    });
    return new SerialShell(console, token);
  }

  /**
   * Runs `command` in a POSIX shell of its own, with no standard input.
   * @throws SnapdiscError `vm.timeout` when it does not end in time, `vm.garbled` when its output
   *   does not arrive whole, or as `SerialConsole.expect` does.
   */
  async run(command: string, timeoutSeconds = DEFAULT_TIMEOUT): Promise<CommandResult> {
    const id = `${this.#token}-${++this.#commands}`;
    const deadline = Date.now() + timeoutSeconds * 1000;
    await this.#type(command);
    this.#console.send(`r\n`);
    for (let garbled = 0; garbled < MAX_GARBLED; garbled++) {
      // Typed ahead, it is answered when the command ends. The kernel may print into the answer's
      // last line, so after a while it is asked for again.
      const answer = await repeatUntil(deadline, RETRY_SECONDS, (seconds) => {
        this.#console.send(`t ${id}\n`);
        return this.#console.expect(`end:${id}:`, seconds);
      });
      const result = parseAnswer(answer.before, id);
      if (result !== undefined) return result;
      await setTimeout(GARBLED_PAUSE * 2 ** garbled);
    }
    const message = `The output of "${command}" was garbled on the serial console ${MAX_GARBLED} times.`;
    const lines = this.#console.lastLines();
    throw new SnapdiscError('vm.garbled', `${message} The console's last lines:\n${lines}`);
  }

  /**
   * Runs `command` and gives its output.
   * @throws SnapdiscError `vm.command` when its status is not 0, and as `run` does.
   */
  async output(command: string, timeoutSeconds = DEFAULT_TIMEOUT): Promise<string> {
    const { status, output } = await this.run(command, timeoutSeconds);
    if (status === 0) return output;
    const message = `"${command}" ended with status ${status} in the virtual machine: ${output}`;
    throw new SnapdiscError('vm.command', message);
  }

  /** Starts a command that does not come back, such as `poweroff`. */
  async leave(command: string): Promise<void> {
    await this.#type(command);
    this.#console.send('r\n');
  }

  /** Collects the command, base64-encoded, in the loop's variable `c`. */
  async #type(command: string): Promise<void> {
    const encoded = Buffer.from(command, 'utf8').toString('base64');
    this.#console.send('c=\n');
    for (let start = 0; start < encoded.length; start += LINE_LENGTH) {
      const part = `${this.#token}-${this.#commands}.${start}`;
      this.#console.send(`c="$c"${encoded.slice(start, start + LINE_LENGTH)}; m part ${part}\n`);
      // What is typed faster than the loop reads is lost once the terminal's buffer is full.
      await this.#console.expect(`part:${part}:`, RETRY_SECONDS).catch(unlessTimeout);
    }
  }
}

/** Reads on until a shell waits for a command; answers the questions of login on the way. */
async function reachPrompt(
  console: SerialConsole,
  options: ShellOptions,
  deadline: number,
): Promise<void> {
  for (;;) {
    const seconds = Math.max(0, deadline - Date.now()) / 1000;
    const { text } = await console.expect(PROMPT, seconds);
    if (text === 'login: ') {
      // Without a name we wait: a machine that logs in by itself prints this prompt too.
      if (options.user !== undefined) console.send(`${options.user}\n`);
    } else if (text === 'Password: ') console.send(`${options.password ?? ''}\n`);
    else if (text === 'Login incorrect') {
      const message = `The virtual machine refused the login of ${options.user ?? 'nobody'}.`;
      throw new SnapdiscError('vm.login', `${message} Its last lines:\n${console.lastLines()}`);
    } else return;
  }
}

/** A question of login(1), its refusal, or what shells end their prompts with. */
const PROMPT = /login: |Password: |Login incorrect|(?:^|\n|[\w~/:)\]] ?)[#$] /;

/**
 * Attempts something again each time it times out after `interval` seconds, until `deadline`
 * (milliseconds since 1970).
 */
async function repeatUntil<Result>(
  deadline: number,
  interval: number,
  attempt: (seconds: number) => Promise<Result>,
): Promise<Result> {
  for (let pause = interval; ; pause *= 2) {
    const left = Math.max(0, deadline - Date.now()) / 1000;
    try {
      return await attempt(Math.min(pause, left));
    } catch (error) {
      if (left <= pause) throw error;
      unlessTimeout(error);
    }
  }
}

/** Throws every error but that nothing came in time. */
function unlessTimeout(error: unknown): void {
  if (!(error instanceof SnapdiscError) || error.code !== 'vm.timeout') throw error;
}

/**
 * The loop that replaces the login shell. Markers are made of two words, so that its own text,
 * echoed while it is typed, never looks like one. No single quotes: it is typed inside them.
 */
function agent(token: string): string {
  return [
    'stty -echo',
    'd=/run; [ -w /run ] || d=/tmp',
    `d=$d/console-${token}; mkdir -p $d`,
    // Not a pipe for the output: a daemon that the command leaves behind would keep it open.
    'r() { printf %s "$c" | base64 -d >$d/c; sh $d/c >$d/o 2>&1 </dev/null; x=$?; }',
    't() { m head $1 $x $(md5sum <$d/o); base64 $d/o; m end $1; }',
    'm() { a=$1; b=$2; shift 2; printf "\\n%s:%s:%s\\n" "$a" "$b" "$*"; }',
    `m ready ${token}`,
    'while IFS= read -r l; do eval "$l"; done',
  ].join('; ');
}

/**
 * The result in a transmission, or undefined when something else was printed into it. The kernel's
 * and the service manager's messages start with a bracket, which nothing of ours contains, and end
 * with a newline: taking them out joins what they cut.
 */
function parseAnswer(received: string, id: string): CommandResult | undefined {
  const text = received.replace(/\[[^\n]*\n/g, '');
  const head = new RegExp(`(?:^|\\n)head:${id}:(\\d+) ([0-9a-f]{32})[^\\n]*\\n`).exec(text);
  if (head === null) return undefined;
  const encoded = text.slice(head.index + head[0].length).replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  if (createHash('md5').update(bytes).digest('hex') !== head[2]) return undefined;
  const output = bytes.toString('utf8').replace(/\n+$/, '');
  return { status: Number(head[1]), output };
}
