import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds. Shorter ones find higher peaks, and slow down what they look at. */
const INTERVAL = 20;
/** Of the kernel, on x86. */
const PAGE = 4096;

/** Watches how much memory a process and all its descendants have at the same time. */
export class TreeMemory {
  #peak = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Bytes: the highest sum of resident sets so far. What processes share counts once for each. */
  get peak(): number {
    return this.#peak;
  }

  watch(pid: number): void {
    this.#timer = setInterval(() => {
      this.#peak = Math.max(this.#peak, treeBytes(pid));
    }, INTERVAL);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Bytes of the resident sets of a process and its descendants, now. Processes may end meanwhile. */
export function treeBytes(root: number): number {
  let bytes = 0;
  const pending = [{ pid: root, parent: '' }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { pid, parent } = next;
    const commandLine = readProc(`${pid}/cmdline`);
    // Between fork and exec a child has its parent's memory, not its own.
    if (commandLine === parent) continue;
    bytes += residentBytes(readProc(`${pid}/statm`));
    for (const child of childrenOf(pid)) pending.push({ pid: child, parent: commandLine });
  }
  return bytes;
}

/** The second field of /proc/PID/statm (Documentation/filesystems/proc.rst), in bytes. */
export function residentBytes(statm: string): number {
  const pages = /^\d+ (\d+) /.exec(statm)?.[1];
  return pages === undefined ? 0 : Number(pages) * PAGE;
}

/** The processes that a process has started, and theirs, parents first. */
export function descendants(root: number): number[] {
  const found = [root];
  for (const pid of found) found.push(...childrenOf(pid));
  return found.slice(1);
}

function childrenOf(pid: number): number[] {
  return listProc(`${pid}/task`).flatMap((thread) =>
    parseChildren(readProc(`${pid}/task/${thread}/children`)),
  );
}

/** /proc/PID/task/TID/children: process ids. */
export function parseChildren(text: string): number[] {
  return text.match(/\d+/g)?.map(Number) ?? [];
}

function readProc(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'latin1');
  } catch {
    return '';
  }
}

function listProc(name: string): string[] {
  try {
    return readdirSync(`/proc/${name}`);
  } catch {
    return [];
  }
}
