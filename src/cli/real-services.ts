import { isInstalled } from '../process.js';
import { qemuTool } from '../qemu/command.js';
import { flashDisc } from './flash-command.js';
import { interruptible } from './interrupt.js';
import { machineOf } from './machine-flags.js';
import { qemuOptions, runDisc } from './run-disc.js';
import type { Services } from './services.js';
import { targetOfDisc } from './target-machine.js';
import type { Terminal } from './terminal.js';
import { withProgress } from './with-progress.js';

/** The services of the program itself. What only some commands need is loaded when they need it. */
export function realServices(terminal: Terminal): Services {
  return {
    async prepareBuild(...given) {
      const { prepareBuild } = await import('../build/build.js');
      return prepareBuild(...given);
    },

    async examineSource(settings, reporter) {
      const { openRecipeSource } = await import('../build/open-recipe-source.js');
      const { checkForKernel } = await import('../initrd/kernel.js');
      const { sourceView } = await import('../initrd/root-view.js');
      const { keepsFacts, sourceFacts } = await import('../wizard/source-facts.js');
      const reading = { title: `Looking into ${settings.source}`, keep: keepsFacts };
      return interruptible(terminal, async (signal) => {
        const opened = await openRecipeSource(settings, { reporter, signal }, reading);
        try {
          // A build would refuse it, after all the other questions.
          await checkForKernel(sourceView(opened));
          return await sourceFacts(opened);
        } finally {
          await opened.close();
        }
      });
    },

    async canRun(disc) {
      const { program } = qemuTool(machineOf({}, await targetOfDisc(disc)).arch);
      return isInstalled(program, terminal.env.PATH ?? '');
    },

    async runDisc(disc) {
      const options = qemuOptions(disc, machineOf({}, await targetOfDisc(disc)), terminal);
      await runDisc(options, {}, terminal);
    },

    async listBurners() {
      const { burnerDrives } = await import('../media/burn/burner-drives.js');
      return burnerDrives();
    },

    async burnDisc(disc, drive) {
      const { burn } = await import('../media/burn/burn.js');
      const job = { iso: disc, drive, dummy: false, speed: undefined };
      await withProgress(terminal, false, (context) =>
        burn({ ...job, verify: true, eject: true }, context),
      );
    },

    async listSticks(disc) {
      const { sticksFor } = await import('../media/flash/sticks.js');
      return sticksFor(disc);
    },

    async flashDisc(disc, drive, persist) {
      await flashDisc(disc, [drive], { persist, verify: true }, terminal);
    },
  };
}
