import { copyFile, constants as fs, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { DriveOptions, ExtraDrive } from '../../src/qemu/drives.js';
import { SAME_ADDRESSES } from '../../src/qemu/emulation.js';
import { SerialShell } from '../../src/qemu/shell.js';
import { VirtualMachine } from '../../src/qemu/virtual-machine.js';
import type { DebianArchitecture } from '../fixtures/debian.js';
import { liveIso, sha256 } from './live-iso.js';

/** One machine of the matrix: what the disc is booted on, and how its system is stacked. */
export interface Cell extends DriveOptions {
  readonly arch: DebianArchitecture;
  /** QEMU's name of a processor model. */
  readonly cpu?: string;
  readonly origin: 'direct' | 'loop';
  /** Value of live.cow, which is not given without. */
  readonly cow?: string;
  /** Default 128 for i386, 256 for amd64. */
  readonly memoryMiB?: number;
  /** The disc comes from this NBD server instead of its file. */
  readonly nbdSocket?: string;
  /** Text of the menu's entry that is chosen. Default: the first one. */
  readonly entry?: string;
  /** A restart ends the machine. */
  readonly noReboot?: boolean;
  /** More kernel parameters. */
  readonly parameters?: string;
  readonly extraDrives?: readonly ExtraDrive[];
  /** What the init asks, and what is typed then. */
  readonly questions?: readonly Question[];
}

export interface Question {
  readonly asked: RegExp;
  readonly answer: string;
}

export interface LiveMachine {
  readonly machine: VirtualMachine;
  readonly shell: SerialShell;
  /** The image in the drive; for a stick a copy that the guest could write to. */
  readonly iso: string;
  /** SHA-256 of the image before it was booted. */
  readonly sha256: string;
  /** At its end the machine opens the tray and waits for somebody to take the disc. */
  readonly asksForDisc: boolean;
}

const QEMU_ARCHITECTURE = { i386: 'i386', amd64: 'x86_64' } as const;
const MEMORY_MIB: Record<DebianArchitecture, number> = { i386: 128, amd64: 256 };

const DOWN = '\x1b[B';

/**
 * For virtual machines: drawing the emulated screen takes longer than the boot, and the kernel's test of the
 * timer ends in a panic when the host is busy.
 */
export const EMULATED = `nomodeset no_timer_check ${SAME_ADDRESSES}`;
/** Milliseconds. */
const ANSWER_AFTER = 3000;

/** Generous: USB 1.1 loads the kernel at 1 MB/s, and two emulated machines share two cores. */
const BOOT_SECONDS = 420;

/** For the titles of tests: `i386 pentium2, usb uhci, direct, zram`. */
export function cellTitle(cell: Cell): string {
  const drive = [cell.drive, cell.scsiController, cell.usbController].filter(Boolean).join(' ');
  const machine = [cell.arch, cell.cpu].filter(Boolean).join(' ');
  return [machine, drive, cell.origin, cell.cow].filter(Boolean).join(', ');
}

/** Boots the disc (the cell's own, or another one) to root's shell. The machine and a stick's copy go at the end of the test. */
export async function bootLive(
  t: ExecutionContext,
  cell: Cell,
  disc?: string,
): Promise<LiveMachine> {
  const original = disc ?? (await liveIso(cell.arch));
  const iso = cell.drive === 'usb' ? await copyForStick(t, original) : original;
  const before = await sha256(original);
  const machine = await VirtualMachine.start({
    iso: cell.nbdSocket === undefined ? iso : { nbdSocket: cell.nbdSocket },
    arch: QEMU_ARCHITECTURE[cell.arch],
    cpu: cell.cpu,
    memoryMiB: cell.memoryMiB ?? MEMORY_MIB[cell.arch],
    drive: cell.drive,
    scsiController: cell.scsiController,
    usbController: cell.usbController,
    writable: cell.drive === 'usb',
    extraDrives: cell.extraDrives,
    noReboot: cell.noReboot,
  });
  t.teardown(() => machine.stop());
  const more = cell.parameters === undefined ? '' : ` ${cell.parameters}`;
  const cow = cell.cow === undefined ? '' : ` live.cow=${cell.cow}`;
  const parameters = `${EMULATED} live.origin=${cell.origin}${cow}${more}`;
  const shell = await bootToShell(machine, parameters, cell);
  // The menu's entry has its own.
  const all = await shell.output('cat /proc/cmdline');
  const asksForDisc = cell.drive !== 'usb' && !/live\.(eject=no|toram)/.test(all);
  return { machine, shell, iso, sha256: before, asksForDisc };
}

/** From the boot menu to a shell, with more kernel parameters typed there. */
export async function bootToShell(
  machine: VirtualMachine,
  parameters: string,
  { entry, questions = [] }: Pick<Cell, 'entry' | 'questions'> = {},
): Promise<SerialShell> {
  await chooseWithParameters(machine, parameters, entry);
  for (const { asked, answer } of questions) {
    await machine.expect(asked, BOOT_SECONDS);
    // What is typed before the question's terminal is set up is thrown away.
    await setTimeout(ANSWER_AFTER);
    machine.send(`${answer}\n`);
  }
  // A disc that is not found ends in the initrd's menu, another failure in its shell, whose prompt must
  // not be taken for root's.
  const failed = "Leave it with 'exit'|the disc was not found";
  const { text } = await machine.expect(new RegExp(`live: starting \\S+|${failed}`), BOOT_SECONDS);
  if (!text.startsWith('live:'))
    throw new Error(`The initrd gave up:\n${machine.console.lastLines()}`);
  return SerialShell.open(machine.console, { timeoutSeconds: BOOT_SECONDS });
}

/** Goes to an entry of the menu, edits it with Tab, as a person would, and starts it. */
async function chooseWithParameters(
  machine: VirtualMachine,
  parameters: string,
  entry?: string,
): Promise<void> {
  const entries = await menuEntries();
  const down = entry === undefined ? 0 : entries.findIndex((text) => text.startsWith(entry));
  if (down < 0) throw new Error(`The menu has no "${entry}", but ${entries.join(', ')}`);
  await machine.expect('Esc gives the boot prompt', 60);
  machine.send(`${DOWN.repeat(down)}\t`);
  await machine.expect(/> [^\n]*initrd=\S+/, 30);
  // The firmware's serial port has no buffer to speak of: type on when a word has come back.
  for (const word of parameters.split(' ')) {
    machine.send(` ${word}`);
    await machine.expect(word, 30);
  }
  machine.send('\r');
}

/** What our menu offers, from the top. */
async function menuEntries(): Promise<string[]> {
  const menu = await readFile(new URL('../../isolinux/isolinux.cfg', import.meta.url), 'utf8');
  return [...menu.matchAll(/MENU LABEL (.*)/g)].map(([, label]) => String(label));
}

async function copyForStick(t: ExecutionContext, iso: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const copy = path.join(folder, 'stick.iso');
  await copyFile(iso, copy, fs.COPYFILE_FICLONE);
  return copy;
}
