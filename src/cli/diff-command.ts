import { Command } from 'commander';
import { SnapdiscError } from '../errors.js';
import type { Context } from './context.js';
import { diffLines, diffReport } from './diff-text.js';
import { writeLine } from './terminal.js';
import { withProgress } from './with-progress.js';

const EXAMPLES = `Examples:
  snapdisc diff old.iso new.iso
  snapdisc diff old.iso new.iso --no-times --json
`;

interface DiffFlags {
  readonly times: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `snapdisc diff`: what changed from one disc to another. */
export function diffCommand({ terminal }: Context): Command {
  const command = new Command('diff')
    .description('Show what two discs differ in: their files and those of their root filesystems.')
    .argument('<before>', 'a disc image, or a drive with a disc in it')
    .argument('<after>', 'another one')
    .addHelpText('before', EXAMPLES)
    .option('--no-times', 'times of files do not count')
    .option('--json', 'print it, or the failure, as JSON');
  return command.action(async (before: string, after: string) => {
    const { times, json, quiet } = command.optsWithGlobals<DiffFlags>();
    const { diffDiscs } = await import('../diff/diff-discs.js');
    const differences = await withProgress(terminal, quiet, (context) =>
      diffDiscs([before, after], { times }, context),
    );
    const report = diffReport(differences);
    if (json) writeLine(terminal.stdout, JSON.stringify(report, null, 2));
    else if (quiet !== true) {
      for (const line of diffLines(differences)) writeLine(terminal.stdout, line);
    }
    if (!report.identical) throw new SnapdiscError('different.discs', 'The discs differ.');
  });
}
