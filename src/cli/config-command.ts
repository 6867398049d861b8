import { Command } from 'commander';
import { recipeJsonSchema } from '../recipe/file-schema.js';
import { recipeError } from '../recipe/problems.js';
import { configLines, configReport } from './config-text.js';
import type { Context } from './context.js';
import { addRecipeOptions, gatherDiscs } from './recipe-options.js';
import { printWarnings, writeLine } from './terminal.js';

const EXAMPLES = `Examples:
  snapdisc config
  snapdisc config --recipe=discs.yaml --only=arch=i386 --json
  snapdisc config --schema >snapdisc.schema.json
`;

interface ConfigFlags {
  readonly json?: boolean;
  readonly schema?: boolean;
  readonly quiet?: boolean;
}

/** `snapdisc config`: what a build with the same arguments would be told, and by whom. */
export function configCommand({ terminal }: Context): Command {
  const command = new Command('config')
    .description(
      'Show what build with the same flags would be told, and where each value comes from.',
    )
    .addHelpText('before', EXAMPLES)
    .option('--json', 'print it, or the failure, as JSON')
    .option('--schema', 'print the JSON Schema of recipes, for editors');
  addRecipeOptions(command, false);
  return command.action(async (source: string | undefined) => {
    const flags: ConfigFlags = command.optsWithGlobals();
    if (flags.schema === true) {
      return writeLine(terminal.stdout, JSON.stringify(recipeJsonSchema(), null, 2));
    }
    const gathered = await gatherDiscs(command, source, terminal);
    if (gathered.problems.length > 0) throw recipeError(gathered.problems, gathered.hint);
    if (flags.quiet !== true) printWarnings(gathered.warnings, terminal);
    const report = configReport(gathered);
    const asJson = flags.json === true;
    writeLine(
      terminal.stdout,
      asJson ? JSON.stringify(report, null, 2) : configLines(report).join('\n'),
    );
  });
}
