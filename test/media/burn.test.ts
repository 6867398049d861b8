import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { main } from '../../src/cli/main.js';
import { SnapdiscError } from '../../src/errors.js';
import { burn } from '../../src/media/burn/burn.js';
import {
  BURNERS,
  findBurner,
  parseCdrskin,
  parseXorrisoToc,
} from '../../src/media/burn/burners.js';
import { megabytesWritten } from '../../src/media/burn/run-burner.js';
import { MIB } from '../../src/units.js';
import { fakeServices } from '../cli/fixtures/fake-services.js';
import { fakeTerminal } from '../cli/fixtures/fake-terminal.js';
import { CONTEXT, discOf } from '../extract/helpers.js';
import { directory, file } from '../fixtures/torture-tree.js';

/** A disc, and a drive of libburn's that is a file beside it. */
async function discAndDrive(t: ExecutionContext) {
  const { folder, iso } = await discOf(t, directory({ data: file('x'.repeat(3 * MIB)) }));
  const burned = join(folder, 'burned');
  const options = { iso, drive: `stdio:${burned}`, dummy: false, speed: undefined };
  return { iso, burned, options: { ...options, verify: true, eject: true } };
}

test('what was burned is the image, and it was read back', async (t) => {
  const { iso, burned, options } = await discAndDrive(t);
  const stages: string[] = [];
  let bytes = 0;
  const reporter = {
    ...CONTEXT.reporter,
    stage: (title: string) => stages.push(title),
    advance: (more: number) => {
      bytes += more;
    },
  };
  await burn(options, { reporter, signal: undefined });
  const image = await readFile(iso);
  t.true((await readFile(burned)).subarray(0, image.length).equals(image));
  t.deepEqual(stages, ['Looking at the blank', 'Burning', 'Reading it back']);
  t.true(bytes > 3 * MIB);
  await t.throwsAsync(burn(options, CONTEXT), { code: 'output.not-blank' });
});

test('with the laser off nothing is written', async (t) => {
  const { burned, options } = await discAndDrive(t);
  await burn({ ...options, dummy: true, speed: '8' }, CONTEXT);
  t.is((await stat(burned)).size, 0);
});

test('a disc that came out wrong is found, one that is too small is refused', async (t) => {
  const { burned, options } = await discAndDrive(t);
  const [xorriso] = BURNERS;
  if (xorriso === undefined) return t.fail();
  // It "burns" by leaving something else in the drive.
  const broken = {
    ...xorriso,
    tool: { ...xorriso.tool, program: 'cp' },
    inquire: async () => ({ isBlank: true, freeSectors: 359_849 }),
    burnArguments: ({ iso }: { iso: string }) => [`${iso}.wrong`, burned],
  };
  const wrong = await readFile(options.iso);
  wrong[2 * MIB] = (wrong[2 * MIB] ?? 0) ^ 1;
  await writeFile(`${options.iso}.wrong`, wrong);
  await t.throwsAsync(burn(options, CONTEXT, broken), {
    code: 'output.verify-failed',
    message: new RegExp(`at byte ${2 * MIB}\\.`),
  });
  await truncate(`${options.iso}.wrong`, 2 * MIB);
  await t.throwsAsync(burn(options, CONTEXT, broken), { code: 'output.verify-failed' });
  const tiny = { ...xorriso, inquire: async () => ({ isBlank: true, freeSectors: 100 }) };
  await t.throwsAsync(burn(options, CONTEXT, tiny), {
    code: 'output.medium-too-small',
    message: /room for 100\./,
  });
});

test('who interrupts is told what that leaves', async (t) => {
  const { burned, options } = await discAndDrive(t);
  const [xorriso] = BURNERS;
  if (xorriso === undefined) return t.fail();
  const interrupted = async (
    dummy: boolean,
    stage: string,
    burner: typeof xorriso,
    after = 200,
  ) => {
    const controller = new AbortController();
    const abort = (title: string) => {
      const reason = new SnapdiscError('interrupted.signal', 'Interrupted.');
      if (title !== stage) return;
      if (after === 0) controller.abort(reason);
      else setTimeout(() => controller.abort(reason), after);
    };
    const context = { reporter: { ...CONTEXT.reporter, stage: abort }, signal: controller.signal };
    const error = await t.throwsAsync<SnapdiscError>(burn({ ...options, dummy }, context, burner), {
      code: 'interrupted.signal',
    });
    return error?.hint;
  };
  const slow = {
    ...xorriso,
    tool: { ...xorriso.tool, program: 'sleep' },
    inquire: async () => ({ isBlank: true, freeSectors: 359_849 }),
    burnArguments: () => ['20'],
  };
  const notWhole = await interrupted(false, 'Burning', slow);
  t.regex(notWhole ?? '', /^The disc in stdio:\S+ is not whole\. A rewritable one is erased by: /);
  t.is(await interrupted(true, 'Burning, laser off', slow), undefined);

  const copied = {
    ...slow,
    tool: { ...xorriso.tool, program: 'cp' },
    burnArguments: () => [options.iso, burned],
  };
  const reading = await interrupted(false, 'Reading it back', copied, 0);
  t.regex(reading ?? '', /^The disc in stdio:\S+ is burned, but was not read back whole\.$/);
});

test('a burner that fails is quoted', async (t) => {
  const { options } = await discAndDrive(t);
  const [xorriso] = BURNERS;
  if (xorriso === undefined) return t.fail();
  const failing = {
    ...xorriso,
    burnArguments: () => ['-as', 'cdrecord', 'dev=stdio:/no/such/x', 'y'],
  };
  await t.throwsAsync(burn(options, CONTEXT, failing), {
    code: 'output.burn-failed',
    message: /FAILURE : Cannot acquire drive/,
  });
  const none = { ...options, drive: '/dev/no-such-drive' };
  await t.throwsAsync(burn(none, CONTEXT, xorriso), {
    code: 'output.no-drive',
    message: 'There is no drive /dev/no-such-drive.',
  });
  const noDrive = { ...options, drive: '/dev/null' };
  for (const burner of BURNERS) {
    const refused = burn(noDrive, CONTEXT, burner);
    const failure = await t.throwsAsync<SnapdiscError>(refused, { code: 'output.drive-failed' });
    t.regex(failure?.message ?? '', /cannot use the drive \/dev\/null:\n +.*FAILURE : /);
    t.notRegex(failure?.message ?? '', /libburnia|cdrecord|HINT/);
    t.regex(failure?.hint ?? '', /\/dev\/sr0/);
  }
  const noFolder = { ...options, drive: 'stdio:/no/such/x' };
  await t.throwsAsync(burn(noFolder, CONTEXT, xorriso), {
    code: 'output.drive-failed',
    message: /Neither stdio-path nor its directory exist/,
  });
  // Whatever the drive, the image is looked at first.
  for (const drive of ['/dev/no-such-drive', '/dev/null']) {
    const noImage = { ...options, drive, iso: '/no/such/disc.iso' };
    await t.throwsAsync(burn(noImage, CONTEXT, xorriso), { code: 'image.missing' });
  }
  const absent = { ...xorriso, tool: { ...xorriso.tool, program: 'no-such-burner' } };
  await t.throwsAsync(findBurner([absent]), { code: 'tool.missing' });
});

test('a disc that is well stays so where the tray does not open', async (t) => {
  const { burned, options } = await discAndDrive(t);
  const [xorriso] = BURNERS;
  if (xorriso === undefined) return t.fail();
  await writeFile(burned, '');
  const stuck = {
    ...xorriso,
    tool: { ...xorriso.tool, program: 'cp' },
    inquire: async () => ({ isBlank: true, freeSectors: 359_849 }),
    burnArguments: ({ iso }: { iso: string }) => [iso, burned],
    ejectArguments: () => ['--no-such-option'],
  };
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const context = { ...CONTEXT, reporter: { ...CONTEXT.reporter, warn } };
  await burn({ ...options, drive: burned }, context, stuck);
  t.deepEqual(warnings, [
    `The disc is well, but the tray of ${burned} did not open: open it by hand.`,
  ]);
});

test('both burners take the same job', async (t) => {
  const job = { drive: '/dev/sr1', iso: 'my=disc.iso', dummy: true, speed: '4' };
  const common = ['-v', 'dev=/dev/sr1', '-dao', 'padsize=0', 'speed=4', '-dummy', './my=disc.iso'];
  t.deepEqual(
    BURNERS.map(({ tool, burnArguments }) => [tool.program, ...burnArguments(job)]),
    [
      ['xorriso', '-as', 'cdrecord', ...common],
      ['cdrskin', ...common],
    ],
  );
});

test('what burners say about media and progress is understood', (t) => {
  const toc = (status: string, writable: number) =>
    `Media current: CD-R\nMedia status : ${status}\nMedia blocks : 0 readable , ${writable} writable , 359849 overall\n`;
  t.deepEqual(parseXorrisoToc(toc('is blank', 359_849)), { isBlank: true, freeSectors: 359_849 });
  t.false(parseXorrisoToc(toc('is written , is closed', 0)).isBlank);
  t.false(parseXorrisoToc(toc('is written , is appendable', 10)).isBlank);
  t.throws(() => parseXorrisoToc('Media current: is not present\n'), { code: 'output.no-medium' });
  const minfo = 'Mounted media type:       CD-R\ndisk status:              empty\n';
  t.deepEqual(parseCdrskin(minfo, '359849\n'), { isBlank: true, freeSectors: 359_849 });
  t.false(parseCdrskin(minfo.replace('empty', 'complete'), '0\n').isBlank);
  t.throws(() => parseCdrskin('', ''), { code: 'output.no-medium' });
  t.is(megabytesWritten('xorriso : UPDATE :    3 of    5 MB written (fifo 25%) [buf  50%]'), 3);
  t.is(megabytesWritten('Track 01:  120 of  700 MB written (fifo 100%) [buf 99%]  24.1x.'), 120);
  t.is(megabytesWritten('Beginning to write data track.'), undefined);
});

test('snapdisc burn: a dry run prints the command line; a wrong speed is refused', async (t) => {
  const terminal = fakeTerminal();
  const context = { terminal, services: fakeServices() };
  t.is(await main(['burn', 'a.iso', '/dev/sr1', '-n', '--speed=8'], context), 0);
  t.regex(terminal.stdout.text, /dev=\/dev\/sr1 -dao padsize=0 speed=8 \.\/a\.iso\n$/);
  for (const speed of ['fast', '0', '0.0', '-1', '']) {
    t.is(await main(['burn', 'a.iso', '-n', `--speed=${speed}`], context), 2, speed);
  }
  t.is(await main(['burn', 'a.iso', '-n', '--speed=0.5'], context), 0);
});

test('both burners open the tray of the drive that was burned in', (t) => {
  const commands = BURNERS.map(({ tool, ejectArguments }) => [
    tool.program,
    ...ejectArguments('/dev/sr1'),
  ]);
  t.deepEqual(commands, [
    ['xorriso', '-outdev', '/dev/sr1', '-eject', 'all'],
    ['cdrskin', 'dev=/dev/sr1', '-eject'],
  ]);
});
