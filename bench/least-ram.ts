import { SnapdiscError } from '../src/errors.js';
import { SerialShell } from '../src/qemu/shell.js';
import { VirtualMachine } from '../src/qemu/virtual-machine.js';
import type { Bench, Inputs, SystemName } from './inputs.js';
import { MEMORY_USE, memoryUse } from './memory-use.js';
import { leastThatWorks } from './search.js';
import type { Figure } from './table.js';

interface Machine {
  readonly system: SystemName;
  /** For people. */
  readonly name: string;
  readonly qemu: 'i386' | 'x86_64';
  /** MiB. */
  readonly start: number;
  readonly lowest: number;
  readonly highest: number;
  readonly atMost: number;
  /** A shell command that waits until the system has started whole. */
  readonly started: string;
  /** Found before by the same method; the hand-made prototype was tried at fewer sizes. */
  readonly before: string | undefined;
}

/** The guard of the store is a part of what must fit. */
const GUARD = 'kill -0 "$(cat /run/live/guard.pid)" && echo runs';

const MULTI_USER = `i=0; until [ "$(systemctl is-active multi-user.target)" = active ]; do
  i=$((i + 1)); [ $i -lt 100 ] || exit 1; sleep 1; done`;

const MACHINES: readonly Machine[] = [
  {
    system: 'i386',
    name: 'Debian i386',
    qemu: 'i386',
    start: 52,
    lowest: 32,
    highest: 128,
    atMost: 44,
    started: MULTI_USER,
    before: 'prototype 48, live-boot 208 (tuned 144)',
  },
  {
    system: 'amd64',
    name: 'Debian amd64',
    qemu: 'x86_64',
    start: 112,
    lowest: 64,
    highest: 256,
    atMost: 104,
    started: MULTI_USER,
    before: 'prototype 104, dracut 256, live-boot 400 (tuned 280)',
  },
  {
    system: 'busybox',
    name: 'Debian i386 with busybox as init',
    qemu: 'i386',
    start: 48,
    lowest: 28,
    highest: 96,
    atMost: 40,
    // Its shell is the last thing it starts.
    started: 'true',
    before: undefined,
  },
];
const STEP = 4;
/** For multi-user after the first shell, and for each command: a machine this small swaps. */
const COMMAND_SECONDS = 120;
/** The kernel's test of the timer, on a virtual machine that got no processor time; not the disc. */
const EMULATOR_TOO_SLOW = /IO-APIC \+ timer doesn't work/;
const MAX_ACCIDENTS = 3;
const WRITE = 'dd if=/dev/urandom of=/var/tmp/proof bs=64k count=16 2>/dev/null; sync';
const READ = 'sha256sum </var/tmp/proof';
const FORGET = 'echo 3 >/proc/sys/vm/drop_caches';
const KILLS = "dmesg | grep -c 'Out of memory'; true";

/** The least RAM that boots a disc to multi-user and takes a write, in steps of 4 MiB. */
export async function benchLeastRam(
  bench: Bench,
  inputs: Inputs,
  systems: readonly SystemName[],
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const machine of MACHINES.filter(({ system }) => systems.includes(system))) {
    const { system, name, start, lowest, highest, atMost, before } = machine;
    const iso = await inputs.disc(system);
    /** Of the last machine of each size that worked. */
    const reports = new Map<number, string>();
    const attempt = async (memoryMiB: number) => {
      for (let accidents = 0; ; accidents++) {
        const started = Date.now();
        const failure = await tryBoot(machine, iso, memoryMiB, bench.bootSeconds, (report) =>
          reports.set(memoryMiB, report),
        );
        const seconds = Math.round((Date.now() - started) / 1000);
        bench.say(`${name}, ${memoryMiB} MiB: ${failure ?? 'works'} (${seconds} s)`);
        if (failure === undefined) return true;
        if (!EMULATOR_TOO_SLOW.test(failure) || accidents === MAX_ACCIDENTS) return false;
      }
    };
    const value = await leastThatWorks({ start, step: STEP, lowest, highest, attempt });
    const metric = `Least RAM of ${name} from an IDE CD to multi-user and a write (4)`;
    const remark = value === undefined ? `nothing up to ${highest} MiB works` : 'worked twice';
    figures.push({ metric, unit: 'MiB', value, atMost, remark, before });
    if (value === undefined) continue;
    const of = `${name} in ${value} MiB, after that`;
    figures.push(...memoryUse(of, value, reports.get(value) ?? ''));
  }
  return figures;
}

/** Why the machine does not do it, or undefined when it does. */
async function tryBoot(
  { qemu, started }: Machine,
  iso: string,
  memoryMiB: number,
  bootSeconds: number,
  onWorking: (memoryUse: string) => void,
): Promise<string | undefined> {
  const machine = await VirtualMachine.start({
    iso,
    arch: qemu,
    memoryMiB,
    drive: 'ide',
    // A kernel that does not fit may reset the machine again and again.
    noReboot: true,
  });
  try {
    const shell = await SerialShell.open(machine.console, { timeoutSeconds: bootSeconds });
    await shell.output(started, COMMAND_SECONDS);
    await shell.output(WRITE, COMMAND_SECONDS);
    const written = await shell.output(READ, COMMAND_SECONDS);
    await shell.output(FORGET, COMMAND_SECONDS);
    if ((await shell.output(READ, COMMAND_SECONDS)) !== written) return 'what it wrote is lost';
    const guard = await shell.run(GUARD, COMMAND_SECONDS);
    if (guard.status !== 0) return 'the guard of its store does not run';
    const kills = await shell.output(KILLS, COMMAND_SECONDS);
    if (kills !== '0') return `the kernel killed ${kills} processes for memory`;
    onWorking(await shell.output(MEMORY_USE, COMMAND_SECONDS));
    return undefined;
  } catch (error) {
    if (!(error instanceof SnapdiscError) || !error.code.startsWith('vm.')) throw error;
    if (error.code === 'vm.timeout') return 'not there in time';
    return error.message.split('\n')[0] ?? error.code;
  } finally {
    await machine.stop();
  }
}
