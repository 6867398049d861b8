import { Option } from 'commander';

/**
 * An option whose values are checked later, together with what else is wrong, and not by commander: it
 * only knows them, for completion. None where they are not a few words.
 */
export class OptionWithWords extends Option {
  readonly words: readonly string[];

  constructor(flags: string, description: string, words: readonly string[]) {
    super(flags, description);
    this.words = words;
  }
}
