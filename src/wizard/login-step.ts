import type { Answers } from './answers.js';
import { type StepContext, valid, validOrEmpty } from './step.js';

export async function askLogin(answers: Answers, { ask, screen }: StepContext): Promise<Answers> {
  const user = await ask.optionalText('Make a user', answers.user, valid('user'));
  const whose =
    user === '' ? 'Password for root (empty: as it is)' : `Password for ${user} (empty: none)`;
  const password = await askPasswordTwice(whose, { ask, screen });
  const autologin =
    password === '' && (await ask.confirm('Log in without a password?', user !== ''));
  return { ...answers, user, password, autologin };
}

async function askPasswordTwice(
  message: string,
  { ask, screen }: Pick<StepContext, 'ask' | 'screen'>,
): Promise<string> {
  for (;;) {
    const password = await ask.password(message, validOrEmpty('password'));
    if (password === '' || (await ask.password('The same again')) === password) return password;
    screen.say('The two differ. Once more, please.');
  }
}
