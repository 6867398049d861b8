import type { ByteString } from '../../bytes.js';
import type { AccountLines } from './account-lines.js';

/** Terminals that log in by themselves: the first console and the first serial port. */
const TERMINALS = ['tty1', 'ttyS0'];

export interface InittabPrograms {
  /** Absolute path of util-linux' agetty, which knows --autologin, if the rootfs has it. */
  readonly agetty: ByteString | undefined;
  /** Absolute path of login, if the rootfs has it. */
  readonly login: ByteString | undefined;
}

/**
 * Lets the getty lines of /etc/inittab for the first console and serial port log `user` in. sysvinit
 * (inittab(5)) runs `ID:LEVELS:respawn:COMMAND`; busybox' init, which Alpine uses under OpenRC, has
 * the terminal as ID and no levels, and opens it itself, so `login -f` will do there.
 * @returns the same lines when there is nothing to change.
 */
export function autologinInittab(
  lines: AccountLines,
  user: ByteString,
  programs: InittabPrograms,
): AccountLines {
  const changed = lines.map((line) => {
    const getty = parseGettyLine(line);
    if (getty === undefined || !TERMINALS.includes(getty.terminal)) return line;
    const { agetty, login } = programs;
    const start = `${getty.id}:${getty.levels}:respawn:`;
    if (agetty !== undefined) {
      const baud = getty.terminal === 'tty1' ? '38400 linux' : '115200 vt100';
      const [speed, type] = baud.split(' ');
      return `${start}${agetty} --autologin ${user} --noclear ${getty.terminal} ${speed} ${type}`;
    }
    if (getty.levels === '' && login !== undefined) return `${start}${login} -f ${user}`;
    return line;
  });
  return changed.some((line, index) => line !== lines[index]) ? changed : lines;
}

/** agetty's option in both spellings, or login told not to ask. */
const AUTOLOGIN = /(?:\s--autologin[=\s]\s*|agetty\s(?:.*\s)?-a\s*|login\s+-f\s+)([^\s-]\S*)/;

/** Who is logged in without a password: users of autologin lines, root for a bare shell. */
export function inittabLogins(lines: AccountLines): ByteString[] {
  return lines.flatMap((line) => {
    if (line.startsWith('#')) return [];
    const [, , action = '', ...rest] = line.split(':');
    const command = rest.join(':');
    if (!/^(?:respawn|askfirst)$/.test(action)) return [];
    const user = AUTOLOGIN.exec(command)?.[1];
    if (user !== undefined) return [user];
    return /^-?(?:\/usr)?\/bin\/(?:ba|da|a)?sh(?: -l)?$/.test(command) ? ['root'] : [];
  });
}

interface GettyLine {
  readonly id: ByteString;
  readonly levels: ByteString;
  readonly terminal: ByteString;
}

function parseGettyLine(line: ByteString): GettyLine | undefined {
  if (line.startsWith('#')) return undefined;
  const [id = '', levels = '', action, ...rest] = line.split(':');
  const words = rest.join(':').split(/\s+/);
  const program = words[0]?.split('/').at(-1) ?? '';
  if (action !== 'respawn' && action !== 'askfirst') return undefined;
  if (!/^(?:a|m|min|u)?getty$/.test(program)) return undefined;
  const terminal = words.slice(1).find((word) => /^(?:\/dev\/)?tty[A-Z]*[0-9]+$/.test(word));
  return terminal === undefined
    ? undefined
    : { id, levels, terminal: terminal.replace('/dev/', '') };
}
