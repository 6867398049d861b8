const BELL = '\x07';
const ESCAPE = '\x1b';
/** Boot menus draw frames between these: letters of the terminal's graphics set (ECMA-35, 7.3). */
const SHIFT_OUT = '\x0e';
const SHIFT_IN = '\x0f';
/** NUL, bell, backspace, and what the states deal with. */
const INVISIBLE = `\0\x07\x08\r${ESCAPE}${SHIFT_OUT}${SHIFT_IN}`;

/** Where in a control sequence the last character left us. */
type State =
  | 'text'
  /** After carriage returns. */
  | 'return'
  /** After ESC and any intermediate characters (ECMA-35, 13.2). */
  | 'escape'
  /** Inside a control sequence: ESC [ (ECMA-48, 5.4). */
  | 'control'
  /** Inside a command string such as a window title: ESC ] and its like (ECMA-48, 5.6). */
  | 'string'
  /** After an ESC inside a command string, which ends it. */
  | 'string-end';

/**
 * What a serial console prints, as plain text: terminal control sequences, frames, NUL, bell, backspace
 * and carriage returns before line feeds are gone, UTF-8 is decoded. Pieces may be cut anywhere, inside
 * a sequence or a character.
 */
export class TerminalText {
  readonly #decoder = new TextDecoder('utf-8');
  #state: State = 'text';
  #graphics = false;

  /** The plain text of the next piece. */
  push(piece: Uint8Array): string {
    let plain = '';
    for (const char of this.#decoder.decode(piece, { stream: true })) plain += this.#next(char);
    return plain;
  }

  #next(char: string): string {
    switch (this.#state) {
      case 'text':
        return this.#plain(char);
      case 'return':
        if (char === '\r') return '';
        // Alone, a carriage return begins the line anew: progress bars and boot menus do so.
        return (char === '\n' ? '' : '\r') + this.#plain(char);
      case 'escape':
        return this.#escape(char);
      case 'control':
        return this.#untilFinal(char, isBetween(char, '@', '~'), isBetween(char, ' ', '?'));
      case 'string':
        if (char === BELL) this.#state = 'text';
        else if (char === ESCAPE) this.#state = 'string-end';
        // No string runs over lines: one without an end must not swallow the rest of the output.
        else if (char === '\n') return this.#plain(char);
        return '';
      case 'string-end':
        if (char !== '\\') return this.#escape(char);
        this.#state = 'text';
        return '';
    }
  }

  #plain(char: string): string {
    this.#state = char === '\r' ? 'return' : char === ESCAPE ? 'escape' : 'text';
    if (char === SHIFT_OUT) this.#graphics = true;
    // Nor does a frame run over lines: the kernel's words may follow one that was never closed.
    else if (char === SHIFT_IN || char === '\n') this.#graphics = false;
    return this.#graphics || INVISIBLE.includes(char) ? '' : char;
  }

  #escape(char: string): string {
    this.#state = 'escape';
    if (char === '[') this.#state = 'control';
    else if (']P_^X'.includes(char)) this.#state = 'string';
    else return this.#untilFinal(char, isBetween(char, '0', '~'), isBetween(char, ' ', '/'));
    return '';
  }

  /** A broken sequence ends before the character that breaks it, which may be wanted text. */
  #untilFinal(char: string, isFinal: boolean, isInside: boolean): string {
    if (isInside) return '';
    this.#state = 'text';
    return isFinal ? '' : this.#plain(char);
  }
}

function isBetween(char: string, first: string, last: string): boolean {
  return char >= first && char <= last;
}
