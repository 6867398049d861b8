import { SerialShell } from '../src/qemu/shell.js';
import { VirtualMachine } from '../src/qemu/virtual-machine.js';

/** Boots the disc given on the command line, and shows that it runs from the disc and takes writes. */

const MEMORY_MIB = 64;
const BOOT_SECONDS = 300;

interface Step {
  readonly title: string;
  readonly command: string;
  /** What the output must look like. */
  readonly proof: RegExp;
}

const STEPS: readonly Step[] = [
  {
    title: 'The root is ext2, writable, on a device-mapper snapshot:',
    command: "grep ' / ' /proc/mounts",
    proof: /^\/dev\/mapper\/\S+ \/ ext2 rw,/,
  },
  {
    title: 'The snapshot and what it has taken so far (512-byte sectors):',
    command: 'dmsetup status live-root',
    proof: /^0 \d+ snapshot \d+\/\d+ \d+$/,
  },
  {
    title: 'What lies under it can only be read:',
    command: 'blockdev --getro /dev/mapper/live-origin',
    proof: /^1$/,
  },
  {
    title: 'Memory in use, and the space that programs see:',
    command: 'free -m; df -h /',
    proof: /\/dev\/mapper\/live-root/,
  },
  {
    title: 'A file is written, forced out, forgotten, and read back from the store:',
    command:
      "echo 'written to a CD' >/root/proof && sync && echo 3 >/proc/sys/vm/drop_caches && cat /root/proof",
    proof: /^written to a CD$/,
  },
];

function print(text: string): void {
  process.stdout.write(text);
}

async function demo(iso: string): Promise<void> {
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  let booting = true;
  let said = '';
  const machine = await VirtualMachine.start({
    iso,
    arch: 'i386',
    memoryMiB: MEMORY_MIB,
    drive: 'ide',
    signal: interrupt.signal,
    onText: (text) => {
      if (booting) print(text);
      // The console gives its words in pieces.
      said += text;
      // What the shell's driver and the shell then say to each other is not for people.
      if (said.includes('automatic login')) booting = false;
    },
  });
  try {
    const started = Date.now();
    const shell = await SerialShell.open(machine.console, { timeoutSeconds: BOOT_SECONDS });
    const seconds = Math.round((Date.now() - started) / 1000);
    print(`\n\n--- A shell after ${seconds} s, in ${MEMORY_MIB} MiB of memory ---\n`);
    for (const step of STEPS) {
      const output = await shell.output(step.command);
      print(`\n${step.title}\n# ${step.command}\n${output}\n`);
      if (!step.proof.test(output)) throw new Error(`This is not what was expected: ${step.proof}`);
    }
    print('\nSwitching off...\n');
    await shell.leave('systemctl poweroff');
    // Its end is asked for, since the console gives its words in pieces.
    const { text } = await machine.expect(/live: Please remove the disc.*\)\./, BOOT_SECONDS);
    print(`${text}\n`);
    machine.send('\n');
    await machine.waitForExit(BOOT_SECONDS);
    print(`\nThe demo has worked: ${iso} is a live CD. Try it: node bin/snapdisc.js run ${iso}\n`);
  } finally {
    await machine.stop();
  }
}

const [iso] = process.argv.slice(2);
if (iso === undefined) {
  print('usage: demo.ts LIVE.ISO\n');
  process.exitCode = 2;
} else {
  await demo(iso).catch((error: unknown) => {
    print(`\nThe demo has failed. ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
