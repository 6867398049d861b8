import test, { type ExecutionContext } from 'ava';
import type { SerialShell } from '../../src/qemu/shell.js';
import { checkShutdown } from './facts.js';
import { emptyDisk } from './iso-parts.js';
import { bootLive } from './live-machine.js';

/** Seconds for one filling: the emulated processor makes some 20 MB of random bytes a second. */
const FILL_SECONDS = 900;
const DISK_MIB = 48;
const [FIRST_DISK, SECOND_DISK, THIRD_DISK] = ['/dev/vda', '/dev/vdb', '/dev/vdc'] as const;
/** Lines "HASH  FILE" of files that were fsynced; not in the store. */
const SUMS = '/run/kept.sums';

/** What live-status says, in KiB. */
interface Status {
  readonly percent: number;
  readonly readOnly: boolean;
  readonly usedKiB: number;
  readonly storedKiB: number;
  readonly leftKiB: number;
  readonly certainKiB: number;
  readonly memoryLeftKiB: number;
  readonly storeKiB: number;
}

/** What a folder of small files holds. */
const SMALL_FOLDER_MIB = 24;

/** Where a whole filling would take too long. */
const LARGE_MIB = 512;

/**
 * Fills the store of a machine of this size in every way. Places of deleted files are not always used
 * again at once, so there are two boots, and after the first filling a disk is added. A large machine gets
 * no more text than it has memory.
 */
export function fillStore(memoryMiB: number, first: 'one file' | 'many small files'): void {
  const small = memoryMiB < LARGE_MIB;
  const title = `a full store is a full disk, and no more than that, in ${memoryMiB} MiB`;

  test.serial(`${title}: ${first}, then more, the disc's own files`, async (t) => {
    const { live, full } = await bootFullStore(t, memoryMiB);
    await full.checkIdleGuard();
    await full.checkPromise();
    if (first === 'one file') await full.fillWithOneFile(memoryMiB);
    else await full.fillWithSmallFiles(memoryMiB, memoryMiB);
    await full.checkScreen();
    await full.addDisk(FIRST_DISK);
    // In a large machine the places of what was deleted are not all used again, but there is a disk.
    if (first === 'one file')
      await full.fillWithSmallFiles(memoryMiB, small ? memoryMiB : DISK_MIB);
    else await full.fillWithOneFile(memoryMiB);
    await full.addDisk(SECOND_DISK);
    await full.overwriteUsr();
    await full.addFile(THIRD_DISK);
    if (small) await full.fillFile();
    await full.checkPrograms();
    t.true(live.machine.console.transcript.includes('live: the room for changes is'), 'a warning');
    await checkShutdown(t, live);
  });

  test.serial(`${title}: text, and random data over it`, async (t) => {
    const { live, full } = await bootFullStore(t, memoryMiB);
    await full.fillWithText(small ? 100_000 : memoryMiB);
    await full.overwriteText();
    await full.refuseDisks(FIRST_DISK);
    await full.addDisk(FIRST_DISK);
    await full.checkPrograms();
    await checkShutdown(t, live);
  });
}

/** Fills a store that does not compress. */
export function fillPlainStore(memoryMiB: number): void {
  test.serial(
    `a full store is a full disk with live.cow=ram, too, in ${memoryMiB} MiB`,
    async (t) => {
      const { live, full } = await bootFullStore(t, memoryMiB, 'ram');
      await full.fillWithOneFile(memoryMiB);
      await full.addDisk(FIRST_DISK);
      await full.fillWithSmallFiles(memoryMiB, DISK_MIB);
      await full.checkPrograms();
      await checkShutdown(t, live);
    },
  );
}

async function bootFullStore(t: ExecutionContext, memoryMiB: number, cow = 'zram') {
  t.timeout(45 * 60_000);
  const disks = await Promise.all([1, 2, 3].map(() => emptyDisk(t, DISK_MIB)));
  const live = await bootLive(t, {
    ...{ arch: 'i386', cpu: 'pentium3', drive: 'ide', origin: 'direct', cow, memoryMiB },
    extraDrives: disks.map((path) => ({ path })),
  });
  return { live, full: new FullStore(t, live.shell, memoryMiB) };
}

class FullStore {
  constructor(
    private readonly t: ExecutionContext,
    private readonly shell: SerialShell,
    private readonly memoryMiB: number,
  ) {}

  /** The guard takes under 1 MB and starts no process while nothing happens. */
  async checkIdleGuard(): Promise<void> {
    const pid = await this.shell.output('cat /run/live/guard.pid');
    // Minor faults of children that have ended; grows with each process (proc(5), field 11).
    const children = () => this.shell.output(`cut -d' ' -f11 /proc/${pid}/stat`);
    // The system itself may still have something to write.
    let idle = false;
    for (let tries = 0; tries < 8 && !idle; tries++) {
      const before = await children();
      await this.shell.output('sleep 8', 30);
      idle = (await children()) === before;
    }
    this.t.true(idle, 'no process was started in 8 seconds');
    const memory = await this.shell.output(`cat /proc/${pid}/smaps_rollup`);
    const [, pss] = /^Pss: +(\d+) kB/m.exec(memory) ?? [];
    this.t.log(`guard: ${pss} KiB PSS`);
    this.t.true(Number(pss) * 1024 < 1e6, memory);
    this.t.is(await this.shell.output(`cat /proc/${pid}/task/${pid}/children`), '');
  }

  /** df, the store and live-status agree, and memory backs them. */
  async checkPromise(): Promise<void> {
    const early = await this.status();
    this.t.true(early.leftKiB < early.memoryLeftKiB, 'what the sweep gives back is not there yet');
    await this.shell.output(
      'while [ -e /run/live/end-of-boot.pid ]; do sleep 1; done; sleep 4',
      120,
    );
    const available = Number(await this.shell.output('df -k --output=avail / | tail -n 1'));
    const status = await this.status();
    this.t.log(status);
    this.t.true(Math.abs(available - status.leftKiB) < 1024, `${available}`);
    this.t.true(available < status.storeKiB && available > status.storeKiB / 4, `${available}`);
    this.t.true(status.storeKiB - status.usedKiB < status.memoryLeftKiB);
    this.t.is((await this.shell.run('live-status')).status, 0);
    this.t.is((await this.shell.run('su -s /bin/sh nobody -c live-status')).status, 0);
  }

  /** With twice as much as there can be room for. */
  async fillWithOneFile(roomMiB: number): Promise<void> {
    await this.keep('dd');
    const command = `dd if=/dev/urandom of=/root/fill bs=64k count=${roomMiB * 32} conv=fsync 2>&1`;
    const { status, output } = await this.shell.run(command, FILL_SECONDS);
    this.t.not(status, 0);
    this.t.regex(output, /No space left on device/);
    await this.shell.output('sleep 1');
    const { percent, leftKiB } = await this.status();
    this.t.log(`dd: ${output.split('\n').at(-1)}; ${percent} %, ${leftKiB} KiB left`);
    this.t.true(percent >= 75, `${percent}`);
    await this.check('dd', ['/root/fill']);
    await this.shell.output('rm /root/fill; sync');
  }

  /**
   * Likewise, with twice as much as there is memory. What is there for certain is there for such files, too;
   * about `roomMiB` are there.
   */
  async fillWithSmallFiles(memoryMiB: number, roomMiB: number): Promise<void> {
    await this.shell.output('mkdir /root/small');
    const { leftKiB, certainKiB } = await this.status();
    await this.keep('small');
    // ext2 searches a folder from its start for each new file: in one folder, tens of thousands take an hour.
    const folders = Math.ceil((memoryMiB * 2) / SMALL_FOLDER_MIB);
    const { status, output } = await this.shell.run(
      `cd /root/small; n=0
      while [ $n -lt ${folders} ] && mkdir $n; do
        head -c ${SMALL_FOLDER_MIB}M /dev/urandom | split -a 5 -b 12k - $n/f || break
        n=$((n + 1))
      done 2>&1; [ $n -eq ${folders} ]`,
      FILL_SECONDS,
    );
    this.t.not(status, 0);
    this.t.regex(output, /No space left on device|Read-only file system/);
    const written = Number(await this.shell.output('du -sm /root/small | cut -f1'));
    this.t.log(
      `small files: ${written} MiB; ${certainKiB} KiB were certain, ${leftKiB} with places of deleted files`,
    );
    this.t.true(written > roomMiB / 4);
    this.t.true(written * 1024 > certainKiB * 0.85, 'what was certain, less inodes and bitmaps');
    await this.check('small', ['$(ls -d /root/small/*/* | tail -n 400 | head -n 200)']);
    // It may be read-only, and then they stay: each with a line, which a serial port takes minutes for.
    await this.shell.run('rm -r /root/small 2>&1 | tail -n 1; sync', FILL_SECONDS);
  }

  /** Compressible data, files of about 1 MB, so many at most: the store grows while it is filled. */
  async fillWithText(most: number): Promise<void> {
    await this.keep('text');
    // Whenever it does not fit, the guard has a moment to find more memory.
    await this.shell.output(
      `cd /root; mkdir text
      cat /usr/share/common-licenses/GPL* /var/lib/dpkg/info/*.list /var/lib/dpkg/status >/run/sample
      n=0; full=0
      while [ $full -lt 3 ] && [ $n -lt ${most} ]; do
        n=$((n + 1))
        if cat /run/sample >text/$n 2>/dev/null && sync; then full=0; else full=$((full + 1)); rm text/$n; sleep 2; fi
      done; rm /run/sample`,
      FILL_SECONDS,
    );
    const written = Number(await this.shell.output('du -sm /root/text | cut -f1'));
    const { storedKiB } = await this.status();
    const times = (written / this.memoryMiB).toFixed(2);
    this.t.log(
      `text: ${written} MiB in ${Math.round(storedKiB / 1024)} MiB, ${times} times the RAM`,
    );
    this.t.true(written > this.memoryMiB / 2);
    await this.check('text', ['/root/text/*']);
  }

  /** The store does not see it coming: the blocks are its own already, only memory gets less. */
  async overwriteText(): Promise<void> {
    const { output } = await this.shell.run(
      `cd /root/text; for f in *; do
         head -c $(stat -c %s $f) /dev/urandom | dd of=$f bs=64k iflag=fullblock conv=notrunc,fsync || break
         sha256sum /root/text/$f >>${SUMS}
       done 2>&1`,
      FILL_SECONDS,
    );
    this.t.regex(output, /Read-only file system|No space left/, output.slice(-500));
    await this.checkReadOnly();
    await this.check('overwritten', []);
  }

  async refuseDisks(disk: string): Promise<void> {
    const { t, shell } = this;
    const add = 'live-cow add';
    await shell.output(`mkfs.ext2 -q -F ${disk} && mkdir /run/disk && mount ${disk} /run/disk`);
    const mounted = await shell.run(`${add} --force ${disk}`);
    t.is(mounted.status, 1);
    t.regex(mounted.output, /mounted at \/run\/disk/);
    const small = 'dd if=/dev/zero of=/run/disk/file bs=1M count=2 2>/dev/null';
    t.regex((await shell.run(`${small}; ${add} /run/disk/file`)).output, /takes \d+ at least/);
    await shell.output('umount /run/disk');
    const holds = await shell.run(`${add} ${disk}`);
    t.is(holds.status, 1);
    t.regex(holds.output, /holds data/);
    t.regex((await shell.run(`${add} /etc/passwd`)).output, /lies in the live system itself/);
  }

  /** After this / is writable, whatever was before. */
  async addDisk(disk: string): Promise<void> {
    await this.add(`--force ${disk}`);
  }

  /** On a disk that stays mounted. */
  async addFile(disk: string): Promise<void> {
    await this.shell.output(`mkfs.ext2 -q -F ${disk} && mkdir /run/disk && mount ${disk} /run/disk
      dd if=/dev/zero of=/run/disk/room bs=1M count=${DISK_MIB - 8} 2>/dev/null`);
    await this.add('/run/disk/room');
  }

  /**
   * The file system of a file in the store must stay writable, so / cannot become read-only. What does not
   * fit is refused all the same.
   */
  async fillFile(): Promise<void> {
    await this.keep('again');
    const command = 'dd if=/dev/urandom of=/root/more bs=64k conv=fsync 2>&1';
    const { status, output } = await this.shell.run(command, FILL_SECONDS);
    this.t.not(status, 0);
    this.t.regex(output, /No space left on device/);
    await this.check('again', ['/root/more']);
    await this.shell.output('rm /root/more; sync');
  }

  /** Warnings come on every console: this one is not the shell's. */
  async checkScreen(): Promise<void> {
    this.t.regex(
      await this.shell.output("tr '\\0' ' ' </dev/vcs1"),
      /live: (the|no) room for changes/,
    );
  }

  private async add(room: string): Promise<void> {
    const { t, shell } = this;
    t.log(await shell.output(`live-cow add ${room}`));
    await shell.output('echo again >/root/again && sync');
    const { leftKiB, memoryLeftKiB } = await this.status();
    t.log(`${leftKiB} KiB left, of memory ${memoryLeftKiB}`);
    t.true(leftKiB > (DISK_MIB * 1024) / 2);
    await this.check(room, []);
  }

  /** Data that came from the disc: programs and their libraries stay, or nothing could be asked any more. */
  async overwriteUsr(): Promise<void> {
    await this.keep('usr');
    const { certainKiB } = await this.status();
    // Perl without its modules has no better checksum. Each file is on the disk before its line is.
    const script = `use IO::Handle; open R, "<", "/dev/urandom"; open L, ">", "/run/usr.sums";
      while (my $f = <STDIN>) { chomp $f; my ($size, $sum) = (-s $f, 0);
        open F, "+<", $f or die "$f: $!";
        for (my $at = 0; $at < $size; $at += 65536) { my $n = $size - $at; $n = 65536 if $n > 65536;
          sysread R, my $b, $n; syswrite F, $b or die "$f: $!"; $sum += unpack "%32C*", $b; }
        F->sync or die "$f: $!"; close F; syswrite L, "$sum $f\\n"; }`;
    const { output } = await this.shell.run(
      `find /usr/lib/modules /usr/share -xdev -type f -size +3k | perl -e '${script}' 2>&1`,
      FILL_SECONDS,
    );
    this.t.regex(output, /Read-only file system|No space left/, output.slice(-500));
    const sizes = `cut -d' ' -f2 /run/usr.sums | tr '\\n' '\\0' | du -ck --apparent-size --files0-from=- | tail -n 1`;
    const overwritten = Number.parseInt(await this.shell.output(sizes), 10);
    const { memoryLeftKiB } = await this.status();
    this.t.log(
      `/usr: ${overwritten} KiB, ${certainKiB} were certain; of memory ${memoryLeftKiB} left`,
    );
    this.t.true(overwritten > certainKiB * 0.85);
    await this.checkReadOnly();
    await this.check('usr', []);
    const compare = `while (<STDIN>) { my ($want, $f) = /^(\\d+) (.*)/; my $sum = 0; open F, "<", $f;
      $sum += unpack "%32C*", $b while sysread F, $b, 65536; $n++; print "$f\\n" if $sum != $want }
      print $n > 10 ? "all read\\n" : "only $n files\\n"`;
    const compared = await this.shell.output(`perl -e '${compare}' </run/usr.sums`, FILL_SECONDS);
    this.t.is(compared, 'all read');
  }

  /** What is on the disc already needs no free block: / has become read-only, and live-status says so. */
  private async checkReadOnly(): Promise<void> {
    this.t.regex(await this.shell.output('findmnt -n -o OPTIONS /'), /^ro\b/);
    this.t.is((await this.shell.run('live-status')).status, 3);
  }

  /** Every program and library that was not overwritten is what its package says. */
  async checkPrograms(): Promise<void> {
    const listed = `cd / && cat /var/lib/dpkg/info/*.md5sums |
      grep -E '^[0-9a-f]{32}  (usr/)?(s?bin/|lib/([^/]*/)?[^/]*\\.so)' >/run/programs.md5`;
    await this.shell.output(`${listed}; echo 3 >/proc/sys/vm/drop_caches`);
    this.t.true(Number(await this.shell.output('wc -l </run/programs.md5')) > 300);
    await this.shell.output('cd / && md5sum --quiet -c /run/programs.md5', FILL_SECONDS);
  }

  private async status(): Promise<Status> {
    const { output } = await this.shell.run('live-status --json');
    return JSON.parse(output);
  }

  /** Writes a file, fsyncs it and remembers what is in it. */
  private async keep(name: string): Promise<void> {
    const file = `/root/kept-${name}`;
    await this.shell.output(`dd if=/dev/urandom of=${file} bs=64k count=8 conv=fsync 2>/dev/null
      sha256sum ${file} >>${SUMS}`);
  }

  /** The snapshot is whole, what was written is there, programs run, nobody was killed. */
  private async check(after: string, synced: readonly string[]): Promise<void> {
    const { t, shell } = this;
    const written = synced.length === 0 ? '' : `sync; sha256sum ${synced.join(' ')} >/run/now.sums`;
    await shell.output(`${written}\nsync; echo 3 >/proc/sys/vm/drop_caches`, FILL_SECONDS);
    t.regex(await shell.output('dmsetup status live-root'), /^0 \d+ snapshot \d+\/\d+ \d+$/, after);
    await shell.output(`sha256sum --quiet -c ${SUMS}`, FILL_SECONDS);
    if (written !== '') await shell.output('sha256sum --quiet -c /run/now.sums', FILL_SECONDS);
    await shell.output('for p in /usr/bin/dpkg /usr/bin/perl /bin/ls; do $p --version; done');
    t.is(await shell.output('grep ^oom_kill /proc/vmstat'), 'oom_kill 0', after);
    const log = await shell.output('dmesg');
    t.deepEqual(
      log.match(/.*(?:oom-kill|[Oo]ut of memory|hung_task|blocked for more).*/g),
      null,
      after,
    );
  }
}
