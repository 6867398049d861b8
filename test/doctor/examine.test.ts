import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { doctorLines } from '../../src/cli/doctor-text.js';
import { main } from '../../src/cli/main.js';
import { examine, versionIn } from '../../src/doctor/examine.js';
import { PROGRAM_USES } from '../../src/doctor/tools.js';
import { run } from '../../src/process.js';
import { fakeServices } from '../cli/fixtures/fake-services.js';
import { fakeTerminal } from '../cli/fixtures/fake-terminal.js';
import { toolTable } from './tool-table.js';

const NO_SUCH = {
  program: 'no-such-program',
  purpose: 'does nothing',
  debianPackage: 'xz-utils',
};
const missing = (isRequired: boolean) => ({
  tools: [NO_SUCH, { ...NO_SUCH, purpose: 'does no more' }] as const,
  isRequired,
  versionArguments: ['--version'],
});

test('a program is found with the version it tells itself', async (t) => {
  const xz = (await examine()).find(({ name }) => name === 'xz');
  t.true(xz?.found);
  t.true(xz?.required);
  const said = (await run({ ...NO_SUCH, program: 'xz' }, ['--version'])).toString();
  t.true(said.startsWith(`xz (XZ Utils) ${xz?.version}\n`), said);
  t.deepEqual(xz?.packages, { debian: 'xz-utils', fedora: 'xz', arch: 'xz', alpine: 'xz' });
});

test('a version is heard wherever it is told', async (t) => {
  const findings = await examine();
  const versions = new Map(findings.map(({ name, version }) => [name, version]));
  for (const name of ['e2fsck', 'unsquashfs', 'mkfs.erofs']) {
    t.regex(versions.get(name) ?? '', /^\d+\.\d/, name);
  }
});

test('on a terminal lines end where words do', async (t) => {
  const findings = await examine();
  const lines = doctorLines(findings, [], 80);
  t.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
  const words = (text: string[]) => text.join(' ').split(/\s+/).sort();
  t.deepEqual(words(lines), words(doctorLines(findings, [])));
  t.true(lines.length > findings.length + 2, 'some are wrapped');
});

test('versions are found in what programs print', (t) => {
  const cases = [
    ['xz (XZ Utils) 5.4.1\nliblzma 5.4.1\n', '5.4.1'],
    ['*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***\n', '1.5.4'],
    ['OpenSSL 3.0.11 19 Sep 2023 (Library: OpenSSL 3.0.11 19 Sep 2023)\n', '3.0.11'],
    ['QEMU emulator version 7.2.5 (Debian 1:7.2+dfsg-7+deb12u3)\n', '7.2.5'],
    ['getfattr 2.5.1\n', '2.5.1'],
    ['find: unrecognized option: version\n', null],
    ['', null],
  ] as const;
  for (const [text, version] of cases) t.is(versionIn(text), version, text);
});

test('what is missing is told with all it is for', async (t) => {
  const findings = await examine({
    uses: [missing(false)],
    syslinux: [{ loader: '/nonexistent', modules: '/nonexistent' }],
  });
  t.deepEqual(
    findings.map(({ name, found, version }) => [name, found, version]),
    [
      ['isolinux', false, null],
      ['no-such-program', false, null],
    ],
  );
  const lines = doctorLines(findings, ['debian', 'arch']);
  t.true(
    lines.includes('missing  no-such-program    does nothing; does no more'),
    lines.join('\n'),
  );
  t.true(lines.includes('MISSING  isolinux           starts the disc on a PC'));
  t.true(lines.includes('On Debian: apt install isolinux syslinux-common xz-utils'));
  t.true(lines.includes('On Arch: pacman -S syslinux xz'));
});

test('discs can be built without what is optional', async (t) => {
  const findings = await examine({ uses: [missing(false)] });
  t.true(doctorLines(findings, []).includes('Discs can be built without what is missing.'));
  const found = findings.filter((finding) => finding.found);
  t.is(doctorLines(found, ['debian']).at(-1), 'Nothing is missing.');
});

test('snapdisc doctor prints a line for each program', async (t) => {
  const terminal = fakeTerminal();
  const context = { terminal, services: fakeServices() };
  t.is(await main(['doctor', '--json'], context), 0);
  const { tools } = JSON.parse(terminal.stdout.text) as { tools: { name: string }[] };
  t.deepEqual(
    tools.map(({ name }) => name),
    ['isolinux', ...PROGRAM_USES.map((use) => use.tools[0].program)],
  );
  const people = fakeTerminal();
  t.is(await main(['doctor'], { ...context, terminal: people }), 0);
  for (const { name } of tools)
    t.regex(people.stdout.text, new RegExp(`ing? +${name} |found +${name} `));
});

test('the doctor knows every program that the sources start', async (t) => {
  const folder = fileURLToPath(new URL('../../src', import.meta.url));
  const known = PROGRAM_USES.flatMap(({ tools }) => tools.map(({ purpose }) => purpose));
  let seen = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const text = await readFile(join(folder, name), 'utf8');
    for (const [, purpose = ''] of text.matchAll(/^ +purpose: '([^']*)',$/gm)) {
      if (name === join('doctor', 'tools.ts')) continue;
      t.true(known.includes(purpose), `${name}: ${purpose}`);
      seen++;
    }
  }
  t.true(seen >= known.length - 1);
});

test('tools of one program are in one line, and agree on their package', (t) => {
  const programs = new Set<string>();
  for (const { tools } of PROGRAM_USES) {
    const [{ program, debianPackage }] = tools;
    t.false(programs.has(program), program);
    programs.add(program);
    for (const tool of tools) t.like(tool, { program, debianPackage });
  }
});

test('docs/tools.md has a row for everything, and none for anything else', async (t) => {
  const text = await readFile(new URL('../../docs/tools.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  t.deepEqual(rows, toolTable());
});
