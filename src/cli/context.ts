import type { Services } from './services.js';
import type { Terminal } from './terminal.js';

/** What every command is given. */
export interface Context {
  readonly terminal: Terminal;
  readonly services: Services;
}
