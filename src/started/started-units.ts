import type { ByteString } from '../bytes.js';
import type { NamedUnit, UnitFiles } from './unit-files.js';

/** A unit that systemd starts when the system starts. */
export interface StartedUnit {
  /** `ssh.service`; an instance has its template's file, too. */
  readonly name: ByteString;
  /** Its unit file and its drop-ins, without a leading slash. */
  readonly files: readonly ByteString[];
  readonly words: readonly ByteString[];
}

/** Every boot goes through these, in this order. */
const FIRST = ['sysinit.target', 'basic.target', 'default.target'];

/** More than any system has. */
const MAX_UNITS = 2048;

/**
 * The units that default.target leads to, as their files and the links beside them say, nearest first. What a generator makes
 * while the system starts, a socket or a timer waits for, or a condition keeps out, is not known here. Pure.
 */
export function startedUnits({ byName, contents }: UnitFiles): StartedUnit[] {
  const units: StartedUnit[] = [];
  const names = new Set<ByteString>(FIRST);
  const want = (wanted: readonly ByteString[]) => {
    for (const name of wanted) if (names.size < MAX_UNITS) names.add(name);
  };
  // A Set goes on to what is added while it is gone through.
  for (const name of names) {
    const known = withTemplate(name).flatMap((each) => byName.get(each) ?? []);
    const first = known.find(({ own, isMasked }) => own !== undefined || isMasked);
    if (first?.isMasked) continue;
    for (const { linked } of known) want(linked);
    if (first?.own === undefined) continue;
    // What hangs on the name that an alias stands for hangs on the alias, too.
    want([first.own.slice(first.own.lastIndexOf('/') + 1)]);
    const files = [...new Set([first.own, ...dropInsOf(known)])];
    const parsed = files.flatMap((path) => contents.get(path) ?? []);
    for (const { wants } of parsed) want(wants);
    units.push({ name, files, words: parsed.flatMap(({ words }) => words) });
  }
  return units;
}

/** Drop-ins of one unit that count. */
const MAX_DROP_INS = 64;

function dropInsOf(known: readonly NamedUnit[]): ByteString[] {
  return known.flatMap(({ dropIns }) => dropIns).slice(0, MAX_DROP_INS);
}

/** `getty@tty1.service` is made of `getty@.service`; an instance's name may have dots. */
function withTemplate(name: ByteString): ByteString[] {
  const template = templateOf(name);
  return template === name ? [name] : [name, template];
}

/** The name without its instance. */
export function templateOf(name: ByteString): ByteString {
  return name.replace(/@.*(?=\.[^.]+$)/, '@');
}
