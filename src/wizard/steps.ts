import { askExtraFiles } from './extra-files-step.js';
import { askLogin } from './login-step.js';
import { askOutput } from './output-step.js';
import { askKernel, askLabel, askSource } from './source-step.js';
import type { Step } from './step.js';
import { askTarget } from './target-step.js';

/** All that is asked before the review, in its order. */
export const STEPS: readonly Step[] = [
  { title: 'root filesystem', run: askSource },
  { title: 'kernel', run: askKernel },
  { title: 'label', run: askLabel },
  { title: 'target machine', run: askTarget },
  { title: 'user and password', run: askLogin },
  { title: 'extra files', run: askExtraFiles },
  { title: 'output', run: askOutput },
];
