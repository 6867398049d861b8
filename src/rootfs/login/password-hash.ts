import { createHash } from 'node:crypto';
import { SnapdiscError } from '../../errors.js';
import { run, type Tool } from '../../process.js';

export const OPENSSL: Tool = {
  program: 'openssl',
  purpose: 'hashes the password of the live user',
  debianPackage: 'openssl',
};

/** What `openssl passwd` reads of a line; it cuts the rest off. */
const MAX_PASSWORD_BYTES = 256;

/**
 * The SHA-512 crypt(5) hash of a password (`$6$SALT$...`), which every libc since 2007 knows. The
 * password goes through a pipe: arguments can be seen by everybody on the machine.
 * @throws SnapdiscError `usage.password`, `tool.missing`, `tool.failed`.
 */
export async function hashPassword(user: string, password: string): Promise<string> {
  if (password === '' || /[\0\r\n]/.test(password)) {
    throw new SnapdiscError('usage.password', 'The password is empty or has a line break in it.', {
      hint: 'Give a password of one line.',
    });
  }
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw new SnapdiscError(
      'usage.password',
      `The password has more than ${MAX_PASSWORD_BYTES} bytes.`,
      { hint: 'Give a shorter one.' },
    );
  }
  const args = ['passwd', '-6', '-salt', saltFor(user, password), '-stdin'];
  const output = await run(OPENSSL, args, `${password}\n`);
  return output.toString('latin1').trim();
}

/**
 * Salt from user and password: the same build twice gives the same bytes, which a random salt would
 * not. It still differs from user to user and from password to password, so no table computed
 * beforehand fits; that two discs with the same user and password can be told to have them is the
 * price.
 */
function saltFor(user: string, password: string): string {
  const digest = createHash('sha256').update(`snapdisc\0${user}\0${password}`).digest('base64');
  return digest.replaceAll('+', '.').slice(0, 16);
}
