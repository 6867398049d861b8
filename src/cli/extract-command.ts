import { Command } from 'commander';
import { SnapdiscError } from '../errors.js';
import type { ExtractRequest } from '../extract/extract.js';
import type { Context } from './context.js';
import type { Terminal } from './terminal.js';
import { withProgress } from './with-progress.js';

const EXAMPLES = `Examples:
  snapdisc extract live.iso rootfs
  snapdisc extract live.iso --tar=- | zstd > rootfs.tar.zst
  snapdisc extract live.iso --root-image=root.img && mount -o loop root.img /mnt
  snapdisc extract live.iso --kernel=vmlinuz --initrd=initrd.img
  snapdisc extract live.iso --kernel=- | file -
`;

interface ExtractFlags {
  readonly tar?: string;
  readonly rootImage?: string;
  readonly initrd?: string;
  readonly kernel?: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

/** `snapdisc extract`: what a disc is made of, back as files. */
export function extractCommand({ terminal }: Context): Command {
  const command = new Command('extract')
    .description('Take the root filesystem, the kernel or the initrd off a disc.')
    .argument('<disc>', 'the disc image, or a drive with the disc in it')
    .argument(
      '[directory]',
      'where the root filesystem goes, as files: a new directory; run as root to keep owners and devices',
    )
    .addHelpText('before', EXAMPLES)
    .option('--tar <file>', 'the root filesystem as a tar archive; - is standard output')
    .option('--root-image <file>', 'the root filesystem as an ext2 image that mounts by itself')
    .option('--initrd <file>', 'the initrd; - is standard output')
    .option('--kernel <file>', 'the kernel; - is standard output')
    .option('-f, --force', 'replace files that exist');
  return command.action(async (disc: string, directory: string | undefined) => {
    const flags = command.optsWithGlobals<ExtractFlags>();
    const request = requestOf(disc, directory, flags, terminal);
    const { extract } = await import('../extract/extract.js');
    await withProgress(terminal, flags.quiet, async (context) => {
      for (const note of await extract(request, context)) context.reporter.warn(note);
    });
  });
}

/** @throws SnapdiscError `usage.nothing-to-extract`, `usage.stdout` */
function requestOf(
  disc: string,
  directory: string | undefined,
  { tar, rootImage, initrd, kernel, force }: ExtractFlags,
  { stdout }: Terminal,
): ExtractRequest {
  if ([directory, tar, rootImage, initrd, kernel].every((wanted) => wanted === undefined)) {
    throw new SnapdiscError('usage.nothing-to-extract', 'Nothing was asked of the disc.', {
      hint: 'Give a directory, --tar, --root-image, --kernel or --initrd.',
    });
  }
  if (directory === '-' || rootImage === '-') {
    const what = directory === '-' ? 'The directory' : '--root-image';
    throw new SnapdiscError('usage.stdout', `${what} cannot be standard output.`, {
      hint: 'The root filesystem goes there as an archive: --tar=-.',
    });
  }
  const piped = Object.entries({ tar, initrd, kernel }).filter(([, path]) => path === '-');
  const [first, second] = piped.map(([name]) => `--${name}`);
  if (first !== undefined && second !== undefined) {
    throw new SnapdiscError(
      'usage.stdout',
      `${first} and ${second} cannot share standard output.`,
      {
        hint: 'Give all but one of them a file.',
      },
    );
  }
  if (first !== undefined && stdout.isTTY === true) {
    throw new SnapdiscError('usage.stdout', `What ${first} gives would go to the terminal.`, {
      hint: `Pipe it into a program, or give ${first} a file.`,
    });
  }
  const target = (path: string | undefined) => (path === '-' ? stdout : path);
  return {
    ...{ disc, directory, rootImage, force: force === true },
    ...{ tar: target(tar), initrd: target(initrd), kernel: target(kernel) },
  };
}
