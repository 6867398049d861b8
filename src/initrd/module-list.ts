/** The language of init-templates/modules.list, explained in that file. */

export interface ModuleList {
  readonly wishes: readonly ModuleWish[];
  /** Names, with underscores, that no pattern takes. */
  readonly excluded: ReadonlySet<string>;
}

export interface ModuleWish {
  /** Names or patterns, with underscores; the first one that is there is taken. */
  readonly alternatives: readonly string[];
  readonly optional: boolean;
}

/** Pure. Every line is something: there is nothing to reject. */
export function parseModuleList(text: string): ModuleList {
  const wishes: ModuleWish[] = [];
  const excluded = new Set<string>();
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*/, '').trim().replaceAll('-', '_');
    if (line === '') continue;
    if (line.startsWith('!')) excluded.add(line.slice(1).trim());
    else wishes.push(parseWish(line));
  }
  return { wishes, excluded };
}

function parseWish(line: string): ModuleWish {
  const optional = line.startsWith('?') || line.includes('*');
  const alternatives = line.replace(/^\?/, '').split('|');
  return { alternatives: alternatives.map((name) => name.trim()).filter(Boolean), optional };
}
