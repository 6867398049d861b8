import { isInstalled } from '../process.js';
import { qemuTool } from '../qemu/command.js';
import { machineOf } from './machine-flags.js';
import { qemuOptions, runDisc } from './run-disc.js';
import type { Services } from './services.js';
import { targetOfDisc } from './target-machine.js';
import { type Terminal, writeLine } from './terminal.js';

/** The services of the program itself. What only some commands need is loaded when they need it. */
export function realServices(terminal: Terminal): Services {
  return {
    async prepareBuild(recipe, reporter, signal) {
      const { prepareBuild } = await import('../build/build.js');
      return prepareBuild(recipe, reporter, signal);
    },

    async listKernels(source, reporter) {
      const { openSource } = await import('../rootfs/open-source.js');
      const { kernelVersions } = await import('../wizard/kernel-versions.js');
      reporter.stage(`Looking into ${source}`);
      const opened = await openSource(source, { onNote: (text) => reporter.note(text) });
      try {
        return kernelVersions(opened.root);
      } finally {
        await opened.close();
      }
    },

    async canRun() {
      const { program } = qemuTool(machineOf({}).arch);
      return isInstalled(program, terminal.env.PATH ?? '');
    },

    async runDisc(disc) {
      const options = qemuOptions(disc, machineOf({}, await targetOfDisc(disc)), terminal);
      await runDisc(options, {}, (line) => writeLine(terminal.stderr, line));
    },
  };
}
