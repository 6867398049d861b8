import type { PromptObject } from 'prompts';
import { interrupted } from '../cli/interrupt.js';
import { type Terminal, wantsColour } from '../cli/terminal.js';
import { expandHome } from './home-path.js';

export interface Choice<T> {
  readonly title: string;
  readonly value: T;
}

/** True, or what is wrong, as a sentence. */
export type Validate = (answer: string) => true | string | Promise<true | string>;

/**
 * Asks on a terminal. Texts are without spaces at their ends, paths with the home folder for `~`. Ctrl-C or
 * Esc at any question throws `interrupted.question`.
 */
export interface Asker {
  text(message: string, initial: string, validate?: Validate): Promise<string>;
  /** A text or none, which is ''. `validate` sees no empty one. */
  optionalText(message: string, initial: string, validate: Validate): Promise<string>;
  path(message: string, initial: string, validate: Validate): Promise<string>;
  /** A path or none, as `optionalText`. */
  optionalPath(message: string, initial: string, validate: Validate): Promise<string>;
  password(message: string, validate?: Validate): Promise<string>;
  confirm(message: string, initial: boolean): Promise<boolean>;
  choose<T>(message: string, choices: readonly Choice<T>[], initial?: number): Promise<T>;
}

export async function createAsker(terminal: Terminal): Promise<Asker> {
  // prompts paints with a library that knows only this variable, and reads it when it is loaded.
  if (!wantsColour(terminal.stdout, terminal.env)) process.env.NODE_DISABLE_COLORS = '1';
  const { default: prompts } = await import('prompts');

  const ask = async (question: Omit<PromptObject<'answer'>, 'name'>): Promise<unknown> => {
    const { answer } = await prompts({ ...question, name: 'answer' });
    if (answer === undefined) throw interrupted('question');
    return answer;
  };
  const plain = (typed: string) => typed.trim();
  const path = (typed: string) => expandHome(typed.trim(), terminal.env.HOME);
  /** @param read what is meant by what is typed. */
  const text =
    (read: typeof plain) => async (message: string, initial: string, validate: Validate) => {
      const check = (typed: string) => validate(read(typed));
      return read(String(await ask({ type: 'text', message, initial, validate: check })));
    };
  const optional =
    (read: typeof plain) => async (message: string, initial: string, validate: Validate) => {
      // Enter takes what is offered, so that nothing needs a sign of its own.
      const none = initial === '' ? '' : '-';
      const hint = none === '' ? 'empty for none' : `${none} for none`;
      const answer = await text(read)(`${message} (${hint})`, initial, (meant) =>
        meant === none ? true : validate(meant),
      );
      return answer === none ? '' : answer;
    };
  return {
    text: (message, initial, validate = () => true) => text(plain)(message, initial, validate),
    optionalText: optional(plain),
    path: text(path),
    optionalPath: optional(path),
    async password(message, validate = () => true) {
      return String(await ask({ type: 'password', message, validate }));
    },
    async confirm(message, initial) {
      return (await ask({ type: 'confirm', message, initial })) === true;
    },
    async choose(message, choices, initial = 0) {
      const titles = choices.map(({ title }, value) => ({ title, value }));
      const index = await ask({ type: 'select', message, choices: titles, initial, hint: ' ' });
      const chosen = choices[Number(index)];
      if (chosen === undefined) throw new Error(`the question "${message}" has no choice ${index}`);
      return chosen.value;
    },
  };
}

/** One hidden line, for `--password=-` on a terminal. */
export async function askPassword(message: string, terminal: Terminal): Promise<string> {
  const asker = await createAsker(terminal);
  return asker.password(message, (answer) => (answer === '' ? 'Type a password.' : true));
}
