import { connect, type Socket } from 'node:net';
import { SnapdiscError } from '../errors.js';

/** What QMP sends: a greeting, events, and the answers to commands. */
interface QmpMessage {
  readonly id?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly class?: unknown; readonly desc?: unknown };
}

interface PendingCommand {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: SnapdiscError) => void;
}

/** QEMU's control protocol QMP (docs/interop/qmp-spec in QEMU): one JSON object a line. */
export class QemuMonitor {
  readonly #socket: Socket;
  readonly #pending = new Map<number, PendingCommand>();
  #lastId = 0;
  #buffer = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => this.#fail());
    socket.on('close', () => this.#fail());
  }

  /**
   * Connects to QEMU's QMP socket at `path`, which QEMU must have made already.
   * @throws SnapdiscError `vm.monitor`
   */
  static async connect(path: string): Promise<QemuMonitor> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (cause) => {
        const message = `QEMU's monitor at ${path} cannot be reached: ${cause.message}.`;
        reject(new SnapdiscError('vm.monitor', message, { cause }));
      });
    });
    const monitor = new QemuMonitor(socket);
    await monitor.execute('qmp_capabilities');
    return monitor;
  }

  /**
   * Runs a QMP command such as `screendump` and gives its `return` value.
   * @throws SnapdiscError `vm.monitor` when QEMU refuses it or is gone.
   */
  execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const refuse = (error: SnapdiscError) => reject(error);
      if (this.#socket.destroyed) {
        refuse(goneError());
        return;
      }
      this.#pending.set(id, { resolve, reject: refuse });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#buffer += text;
    const lines = this.#buffer.split('\n');
    this.#buffer = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as QmpMessage;
      if (typeof message.id !== 'number') continue;
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error === undefined) pending?.resolve(message.return);
      else {
        const refusal = `QEMU refused a monitor command: ${String(message.error.desc)}.`;
        pending?.reject(new SnapdiscError('vm.monitor', refusal));
      }
    }
  }

  #fail(): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(goneError());
  }
}

function goneError(): SnapdiscError {
  return new SnapdiscError('vm.monitor', "QEMU's monitor has closed: the virtual machine is gone.");
}
