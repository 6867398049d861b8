import { readFile } from 'node:fs/promises';
import test from 'ava';
import fc from 'fast-check';
import { type IsolinuxSettings, isolinuxConfig } from '../../src/bootloader/isolinux-config.js';
import { SnapdiscError } from '../../src/errors.js';

const settings: IsolinuxSettings = {
  label: 'RESCUE',
  kernelPath: '/live/vmlinuz',
  initrdPath: '/live/initrd.img',
  append: 'quiet live.cow=ram',
  serial: false,
  timeoutSeconds: 5,
};

const template = await readFile(new URL('../../isolinux/isolinux.cfg', import.meta.url));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const fill = (source: string, changes: Partial<IsolinuxSettings> = {}) =>
  text(isolinuxConfig(Buffer.from(source), { ...settings, ...changes }));

test('our menu starts the live system by default, with the whole command line', (t) => {
  const config = text(isolinuxConfig(template, settings));
  t.notRegex(config, /@[A-Z]+@/);
  t.regex(config, /^DEFAULT live$/m);
  t.regex(config, /^TIMEOUT 50$/m);
  t.regex(config, /^MENU TITLE RESCUE$/m);
  t.regex(
    config,
    /^LABEL live\n.*\n {2}LINUX \/live\/vmlinuz\n {2}INITRD \/live\/initrd.img\n {2}APPEND quiet live.cow=ram$/m,
  );
  t.notRegex(config, /SERIAL/);
});

test('the serial directive comes before every other', (t) => {
  const config = text(isolinuxConfig(template, { ...settings, serial: true }));
  t.true(config.startsWith('SERIAL 0 115200\n'));
});

test('values are not filled in again, unknown placeholders and other encodings stay', (t) => {
  t.is(fill('@APPEND@ @OTHER@ a@b', { append: '@KERNEL@ $& $1' }), '@KERNEL@ $& $1 @OTHER@ a@b');
  const latin1 = Buffer.from([0xe9, 0xff, 0x40, 0x40]);
  t.deepEqual([...isolinuxConfig(latin1, settings)], [...latin1]);
  t.is(fill('@APPEND@', { append: 'name=Zürich' }), 'name=Zürich');
});

test('the command line isolinux makes must fit the kernel', (t) => {
  const added = 'BOOT_IMAGE=/live/vmlinuz  initrd=/live/initrd.img'.length;
  t.notThrows(() => fill('@APPEND@', { append: 'x'.repeat(2046 - added) }));
  t.throws(() => fill('@APPEND@', { append: 'x'.repeat(2047 - added) }), {
    instanceOf: SnapdiscError,
    code: 'usage.append',
  });
});

test('an entry that adds parameters of its own leaves less room', (t) => {
  const longest = (source: string) => {
    const fits = (length: number) => {
      try {
        fill(source, { append: 'x'.repeat(length) });
        return true;
      } catch {
        return false;
      }
    };
    let length = 2046;
    while (!fits(length)) length -= 1;
    return length;
  };
  const alone = longest('  APPEND @APPEND@\n');
  t.is(longest('  APPEND @APPEND@\n  APPEND @APPEND@ live.check\n'), alone - ' live.check'.length);
  const longestEntry = Math.max(...ENTRIES.map(([, parameters]) => parameters.length));
  t.is(longest(text(template)), alone - longestEntry);
});

/** What each entry of the live system adds to the command line, in the menu's order. */
const ENTRIES: readonly (readonly [label: string, parameters: string])[] = [
  ['live', ''],
  ['memory', ' live.toram'],
  ['check', ' live.check'],
  ['video', ' nomodeset'],
  ['small', ' live.zram_swap=100 systemd.unit=multi-user.target udev.children_max=1'],
  ['debug', ' loglevel=7 live.debug'],
  ['trace', ' live.trace trace_event=block:block_rq_issue tp_printk log_buf_len=2M'],
];

test('the menu has an entry for each way to start the live system, then the hard disks', (t) => {
  const config = text(isolinuxConfig(template, settings));
  const labels = [...config.matchAll(/^LABEL (\S+)$/gm)].map(([, label]) => label);
  t.deepEqual(labels, [...ENTRIES.map(([label]) => label), 'disk', 'stick']);
  const lines = config.split('\n');
  for (const [label, parameters] of ENTRIES) {
    t.deepEqual(lines.slice(lines.indexOf(`LABEL ${label}`) + 2).slice(0, 3), [
      '  LINUX /live/vmlinuz',
      '  INITRD /live/initrd.img',
      `  APPEND quiet live.cow=ram${parameters}`,
    ]);
  }
});

/** menu.c32's window is 80 columns wide, with 10 of margin and a frame. */
const WIDTH = 56;

test('the titles of the entries fit the screen', (t) => {
  const titles = [...text(template).matchAll(/^ {2}MENU LABEL (.*)$/gm)].map(([, title]) => title);
  t.true(titles.length > 6);
  for (const title of titles) t.true((title?.length ?? 0) <= WIDTH, title);
});

test('no value of append adds a line', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (append) => {
      try {
        const lines = fill('A\nAPPEND @APPEND@\nB\n', { append }).split(/[\r\n]/);
        t.deepEqual([lines.length, lines[0], lines[2]], [4, 'A', 'B']);
      } catch (error) {
        t.true(error instanceof SnapdiscError && error.code === 'usage.append');
      }
    }),
  );
});
