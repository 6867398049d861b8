import { readFile } from 'node:fs/promises';
import test from 'ava';
import fc from 'fast-check';
import { appletNames, REQUIRED_APPLETS } from '../../src/initrd/applets.js';
import { UNPACKERS } from '../../src/initrd/compression.js';
import { readScripts } from '../../src/initrd/templates.js';
import { run } from '../../src/process.js';
import { busybox } from './helpers/busybox.js';

const BUSYBOX = { program: 'busybox', purpose: 'judges', debianPackage: 'busybox-static' };

/** What `busybox --list` says, or undefined where there is no busybox. */
async function hostApplets(): Promise<string[] | undefined> {
  try {
    return (await run(BUSYBOX, ['--list'])).toString().trim().split('\n');
  } catch {
    return undefined;
  }
}

test('finds in the binary what `busybox --list` prints', async (t) => {
  const listed = await hostApplets();
  const path = (
    await run({ ...BUSYBOX, program: 'sh' }, ['-c', 'command -v busybox || :'])
  ).toString();
  if (listed === undefined) {
    t.pass('busybox is not installed here');
    return;
  }
  t.deepEqual(appletNames(await readFile(path.trim())), listed);
});

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_]{0,14}$/), {
  minLength: 10,
  maxLength: 80,
});

test('finds a table wherever it lies between other bytes', (t) => {
  const noise = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(names, noise, noise, (applets, before, after) => {
      const sorted = ['[', '[[', ...applets.sort()];
      const parts = [
        before,
        Buffer.from('\0\xff\0', 'latin1'),
        busybox(sorted),
        Buffer.from('\xff\0'),
        after,
      ];
      t.deepEqual(appletNames(Buffer.concat(parts)), sorted);
    }),
  );
});

test('no table, no names', (t) => {
  t.deepEqual(appletNames(Buffer.alloc(0)), []);
  t.deepEqual(appletNames(Buffer.from('mount\0sh\0')), []);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => Array.isArray(appletNames(bytes))),
  );
});

/** Words ash runs itself: no applet is needed for them, though most have one. */
const BUILTIN = '[ [[ echo kill printf read test true type'.split(' ');

/** Words of a shell script that stand where a command is. */
function commandsOf(script: string): Set<string> {
  const code = script
    .replace(/^\s*#.*$/gm, '')
    .replace(/'[^']*'/g, "''")
    .replace(/\$\{[^}]*\}/g, '$');
  const starts =
    /(?:^[^()$\n]+\)|^|[;&|(`{!]|\$\(|\b(?:then|do|else|if|elif|while|until|exec)\b)\s*([a-z_][\w-]*)(?![\w-]*[=)*|])/gm;
  return new Set([...code.matchAll(starts)].map((match) => match[1] ?? ''));
}

test('the scripts use no applet that is not required', async (t) => {
  const listed = (await hostApplets()) ?? [...REQUIRED_APPLETS];
  const scripts = await readScripts();
  // Those of lib/live/late run in the system that was started, with its programs.
  const own = scripts.filter(({ name }) => !name.startsWith('lib/live/late/'));
  const used = own.flatMap(({ content }) => [...commandsOf(Buffer.from(content).toString())]);
  t.true(used.includes('mount'));
  t.deepEqual(
    [...UNPACKERS.values()].filter((applet) => !used.includes(applet)),
    [],
  );
  const known = new Set<string>([...REQUIRED_APPLETS, ...UNPACKERS.values(), ...BUILTIN]);
  t.deepEqual(
    [...new Set(used)].filter((word) => listed.includes(word) && !known.has(word)),
    [],
    'add these to REQUIRED_APPLETS',
  );
});
