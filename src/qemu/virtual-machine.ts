import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SnapdiscError } from '../errors.js';
import { type Conversation, converse, toolError } from '../process.js';
import { processorSeconds } from '../process-stat.js';
import { makeTemporaryFolder } from '../temporary-folder.js';
import { type QemuOptions, qemuCommand } from './command.js';
import { type Match, SerialConsole } from './console.js';
import { keyPresses } from './keyboard.js';
import { QemuMonitor } from './monitor.js';
import { TEXT_SCREEN, textScreenLines } from './text-screen.js';

/** The machine's display and serial port belong to us; everything else is the caller's choice. */
export type VirtualMachineOptions = Omit<QemuOptions, 'display' | 'serial' | 'qmpSocket'> & {
  /** Sees the console's plain text as it comes. */
  readonly onText?: ((text: string) => void) | undefined;
  /** Ends the machine. */
  readonly signal?: AbortSignal | undefined;
};

/** Firmware and kernel: after these words a machine says nothing more. */
const FATAL = /No bootable device|Kernel panic - not syncing[^\n]*/;

/** Milliseconds. */
const MONITOR_PAUSE = 100;
const MONITOR_TRIES = 100;
const KEY_HOLD = 20;

/** A virtual PC whose first serial port is ours to read and type on. Ends with this process. */
export class VirtualMachine {
  readonly console: SerialConsole;
  /** The exit status once QEMU has ended; undefined if a signal ended it. */
  readonly exited: Promise<number | undefined>;
  readonly #child: Conversation;
  readonly #folder: string;
  #monitor: Promise<QemuMonitor> | undefined;

  private constructor(child: Conversation, folder: string, options: VirtualMachineOptions) {
    this.#child = child;
    this.#folder = folder;
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null)
      throw new Error('a conversation has no pipes');
    this.console = new SerialConsole(stdout, stdin, {
      fatal: FATAL,
      ...(options.onText === undefined ? {} : { onText: options.onText }),
    });
    let complaints = '';
    stderr.on('data', (piece: Uint8Array) => {
      complaints = (complaints + Buffer.from(piece).toString('utf8')).slice(-4096);
    });
    this.exited = child.then(async (result) => {
      this.console.end(ending(options, result, complaints));
      await rm(this.#folder, { recursive: true, force: true });
      return result.exitCode;
    });
    const stop = () => void this.stop();
    options.signal?.addEventListener('abort', stop);
    void this.exited.finally(() => options.signal?.removeEventListener('abort', stop));
  }

  /**
   * Switches the machine on.
   * @throws SnapdiscError `usage.vm` or `usage.drive` for options that contradict each other. That
   *   QEMU is missing or refuses the options shows in the first `expect`.
   */
  static async start(options: VirtualMachineOptions): Promise<VirtualMachine> {
    options.signal?.throwIfAborted();
    const folder = await makeTemporaryFolder('vm');
    try {
      const { tool, args } = qemuCommand({
        ...options,
        display: 'none',
        serial: 'stdio',
        qmpSocket: path.join(folder, 'qmp'),
      });
      return new VirtualMachine(converse(tool, args), folder, options);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Seconds of processors that it has used so far; 0 on hosts that do not tell (without Linux's proc(5)). */
  processorSeconds(): number {
    try {
      return processorSeconds(readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1'));
    } catch {
      return 0;
    }
  }

  /** Waits for `pattern` on the serial console; see SerialConsole.expect. */
  expect(pattern: string | RegExp, timeoutSeconds: number): Promise<Match> {
    return this.console.expect(pattern, timeoutSeconds);
  }

  /** Types `text` on the serial console. */
  send(text: string): void {
    this.console.send(text);
  }

  /**
   * QEMU's monitor.
   * @throws SnapdiscError `vm.monitor` when it does not come to be.
   */
  monitor(): Promise<QemuMonitor> {
    this.#monitor ??= this.#connect();
    return this.#monitor;
  }

  /** A QEMU that has just been started has no socket yet. */
  async #connect(): Promise<QemuMonitor> {
    for (let tries = 1; ; tries++) {
      try {
        return await QemuMonitor.connect(path.join(this.#folder, 'qmp'));
      } catch (error) {
        if (tries === MONITOR_TRIES) throw error;
        await sleep(MONITOR_PAUSE);
      }
    }
  }

  /** The lines of the screen in text mode; something else in graphics mode. */
  async textScreen(): Promise<string[]> {
    const filename = path.join(this.#folder, 'screen');
    const { address: val, size } = TEXT_SCREEN;
    await (await this.monitor()).execute('pmemsave', { val, size, filename });
    return textScreenLines(await readFile(filename));
  }

  /** Types on the keyboard, one key after the other. */
  async type(text: string): Promise<void> {
    const monitor = await this.monitor();
    for (const keys of keyPresses(text)) {
      await monitor.execute('send-key', { keys, 'hold-time': KEY_HOLD });
      // What comes faster than the guest takes it is lost.
      await sleep(2 * KEY_HOLD);
    }
  }

  /** Writes what is on the screen to `file`, a PNG image. */
  async screenshot(file: string): Promise<void> {
    await (await this.monitor()).execute('screendump', { filename: file, format: 'png' });
  }

  /**
   * Waits until the guest has switched the machine off.
   * @throws SnapdiscError `vm.timeout` when it is still on after `timeoutSeconds`, `vm.failed` when
   *   QEMU ended with an error.
   */
  async waitForExit(timeoutSeconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(() => resolve('timeout'), timeoutSeconds * 1000);
    });
    const result = await Promise.race([this.exited, timeout]);
    clearTimeout(timer);
    if (result === 0) return;
    const what =
      result === 'timeout'
        ? `is still on after ${timeoutSeconds} s`
        : `ended with status ${result}`;
    const message = `The virtual machine ${what}. The console's last lines:\n${this.console.lastLines()}`;
    throw new SnapdiscError(result === 'timeout' ? 'vm.timeout' : 'vm.failed', message);
  }

  /** Pulls the plug. May be called twice, and after the machine has ended. */
  async stop(): Promise<void> {
    this.#child.kill();
    await this.exited;
    const monitor = await this.#monitor?.catch(() => undefined);
    monitor?.close();
  }
}

/** Why no more console output can come, for the errors of those who wait for it. */
function ending(
  options: VirtualMachineOptions,
  result: Awaited<Conversation>,
  complaints: string,
): string {
  const { tool } = qemuCommand({ ...options, display: 'none', serial: 'stdio' });
  if (result.code === 'ENOENT') {
    const { message, hint } = toolError(tool, result);
    return `${message} ${hint ?? ''}`.trim();
  }
  const status = result.exitCode === undefined ? 'by a signal' : `with status ${result.exitCode}`;
  const said = complaints.trim();
  return `${tool.program} ended ${status}${said === '' ? '' : `: ${said}`}`;
}
