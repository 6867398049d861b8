/** The language of init-templates/modules.list, explained in that file. */

export interface ModuleList {
  readonly wishes: readonly ModuleWish[];
  /** Names, with underscores, that no pattern takes. */
  readonly excluded: ReadonlySet<string>;
}

export interface ModuleWish {
  /** The section it stands in: its modules and what they need lie in one archive. */
  readonly group: string;
  /** Names or patterns, with underscores; the first one that is there is taken. */
  readonly alternatives: readonly string[];
  readonly optional: boolean;
}

/** The group of lines before the first section. */
const DEFAULT_GROUP = 'core';

/** Pure. Every line is something: there is nothing to reject. */
export function parseModuleList(text: string): ModuleList {
  const wishes: ModuleWish[] = [];
  const excluded = new Set<string>();
  let group = DEFAULT_GROUP;
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*/, '').trim().replaceAll('-', '_');
    if (line === '') continue;
    const section = /^\[([a-z0-9]+)\]$/.exec(line);
    if (section !== null) group = section[1] ?? group;
    else if (line.startsWith('!')) excluded.add(line.slice(1).trim());
    else wishes.push(parseWish(line, group));
  }
  return { wishes, excluded };
}

/** The list with modules that must be there, too, and are loaded at each start. Pure. */
export function withRequired(list: ModuleList, names: readonly string[]): ModuleList {
  const wishes = names.map((name) => {
    return { group: DEFAULT_GROUP, alternatives: [name.replaceAll('-', '_')], optional: false };
  });
  return { ...list, wishes: [...list.wishes, ...wishes] };
}

function parseWish(line: string, group: string): ModuleWish {
  const optional = line.startsWith('?') || line.includes('*');
  const alternatives = line.replace(/^\?/, '').split('|');
  return { group, alternatives: alternatives.map((name) => name.trim()).filter(Boolean), optional };
}
