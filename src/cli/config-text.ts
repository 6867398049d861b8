import { valueTexts } from '../recipe/flags.js';
import type { Gathered } from '../recipe/gather.js';
import type { Origin, Setting } from '../recipe/layers.js';
import { choiceName } from '../recipe/matrix.js';
import { keyOf } from '../recipe/names.js';
import { formatTable } from './format.js';

/** What `snapdisc config` tells, as JSON keeps it: null, never undefined. */
export interface ConfigReport {
  /** The recipe that was read. */
  readonly recipe: string | null;
  /** The user's settings that were read. */
  readonly userConfiguration: string | null;
  /** One, or those of a matrix. */
  readonly discs: readonly {
    /** By axis the variant; empty without a matrix. */
    readonly disc: Readonly<Record<string, string>>;
    readonly name: string;
    readonly settings: readonly ReportedSetting[];
  }[];
}

export interface ReportedSetting {
  /** The recipe's key. */
  readonly key: string;
  /** As a recipe may have it; null for none. A password is never told. */
  readonly value: string | boolean | readonly string[] | null;
  readonly origin: Origin;
  /** The flag, the variable, or FILE:LINE:COLUMN; null for a default. */
  readonly where: string | null;
}

const HIDDEN = '(hidden)';

/** Pure. */
export function configReport({ discs, recipePath, userPath }: Gathered): ConfigReport {
  return {
    recipe: recipePath ?? null,
    userConfiguration: userPath ?? null,
    discs: discs.map(({ choice, settings }) => ({
      disc: Object.fromEntries(choice),
      name: choiceName(choice),
      settings: settings.map(reportedSetting),
    })),
  };
}

function reportedSetting({ field, value, origin, where }: Setting): ReportedSetting {
  return { key: keyOf(field), value: shownValue(field, value), origin, where: where ?? null };
}

function shownValue(field: Setting['field'], value: unknown): ReportedSetting['value'] {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return value;
  // A dash is no password: it will be asked for.
  if (field === 'password' && value !== '-') return HIDDEN;
  return valueTexts(field, value);
}

/** The report as people read it. Pure. */
export function configLines({ recipe, userConfiguration, discs }: ConfigReport): string[] {
  const several = discs.some(({ name }) => name !== '');
  return [
    ...formatTable([
      ['Recipe', recipe ?? 'none'],
      ['User configuration', userConfiguration ?? 'none'],
    ]),
    ...discs.flatMap(({ name, settings }, index) => [
      '',
      ...(several ? [`Disc ${index + 1} of ${discs.length}: ${name}`, ''] : []),
      ...formatTable(settings.map(settingRow)),
    ]),
  ];
}

function settingRow({ key, value, origin, where }: ReportedSetting): string[] {
  const text = value === null ? 'not set' : Array.isArray(value) ? listText(value) : textOf(value);
  return [key, text, where ?? (value === null ? '' : origin)];
}

const listText = (items: readonly string[]) =>
  items.length === 0 ? 'none' : items.map(textOf).join(', ');

/** Quoted where it would not be seen, or look like more than one. */
function textOf(value: unknown): string {
  const text = String(value);
  return /^[^\s,"\p{C}](?:[^,"\p{C}]*[^\s,"\p{C}])?$/u.test(text) ? text : JSON.stringify(text);
}
