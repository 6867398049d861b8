import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { SnapdiscError } from '../../errors.js';
import { run, type Tool } from '../../process.js';
import { MAX_PASSWORD_BYTES } from './password-limit.js';

export const OPENSSL: Tool = {
  program: 'openssl',
  purpose: 'hashes the password of the live user',
  debianPackage: 'openssl',
};

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
  const args = ['passwd', '-6', '-salt', await saltFor(user, password), '-stdin'];
  const output = await run(OPENSSL, args, `${password}\n`);
  return output.toString('latin1').trim();
}

const derive = promisify<string, string, number, Buffer>(scrypt);

/** 16 characters of a salt, the most that crypt(5) takes. */
const SALT_BYTES = 12;

/**
 * Salt from user and password: the same build twice gives the same bytes, which a random salt would
 * not. It still differs from user to user and from password to password; the price is that a table
 * computed beforehand fits all discs with one user name, and that two discs with the same user and
 * password can be told to have them. Who reads the salt on the disc can try a guess on it instead of on
 * the hash: with scrypt (RFC 7914) that costs 16 MiB of memory, and more time than the 5,000 rounds of the
 * hash.
 */
async function saltFor(user: string, password: string): Promise<string> {
  // Node's default cost: N = 16,384, r = 8, p = 1.
  const key = await derive(password, `snapdisc\0${user}`, SALT_BYTES);
  return key.toString('base64').replaceAll('+', '.');
}
