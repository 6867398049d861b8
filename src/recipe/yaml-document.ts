import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type ParsedNode,
  Parser,
  type YAMLMap,
} from 'yaml';
import { byteStringFromText, printable } from '../bytes.js';
import { KIB } from '../units.js';

/** A place in a text, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A value and where it is written. */
export interface YamlValue {
  readonly at: Position;
  /** Plain: null, booleans, numbers, text, arrays, objects with text as keys. */
  readonly value: unknown;
  /** Of a mapping, in the order of the file. */
  readonly keys?: ReadonlyMap<string, { readonly at: Position; readonly child: YamlValue }>;
  /** Of a sequence. */
  readonly items?: readonly YamlValue[];
}

export interface YamlProblem {
  /** Undefined for one of the whole file. */
  readonly at: Position | undefined;
  /** A clause without subject where `at` is undefined, else what is wrong there. */
  readonly message: string;
}

export interface YamlDocument {
  /** Undefined when it could not be read. An empty file is an empty mapping. */
  readonly root: YamlValue | undefined;
  readonly problems: readonly YamlProblem[];
}

/** A recipe has a few dozen lines; some steps of a YAML parser take quadratic time. */
export const MAX_YAML_BYTES = 64 * KIB;
/** Nodes under construction at once. The parser recurses, and its regular expressions grow. */
const MAX_DEPTH = 64;

const START: Position = { line: 1, column: 1 };

/**
 * Reads a file of settings: YAML 1.2, UTF-8, one document, no tags, no aliases (which can grow a few
 * lines to gigabytes). Hostile input costs at most some seconds. Pure.
 */
export function parseYaml(bytes: Uint8Array): YamlDocument {
  if (bytes.length > MAX_YAML_BYTES) {
    return unreadable(`is longer than ${MAX_YAML_BYTES / KIB} KiB`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return unreadable('is not UTF-8 text');
  }
  const lines = new LineCounter();
  const tokens = tokenise(text, lines);
  if (tokens === undefined) return unreadable(`is nested more than ${MAX_DEPTH} levels deep`);
  // Known tags would make dates and bytes. Keys are compared here, in less than quadratic time.
  const settings = { resolveKnownTags: false, uniqueKeys: false, version: '1.2' } as const;
  const documents = [...new Composer(settings).compose(tokens)];
  return new Reader(lines).read(documents);
}

const unreadable = (message: string): YamlDocument => ({
  root: undefined,
  problems: [{ at: undefined, message }],
});

/** Undefined for a text that is nested too deep. */
function tokenise(text: string, lines: LineCounter): CST.Token[] | undefined {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  // `Parser.parse` would tell the first line, too.
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return undefined;
  }
  return [...tokens, ...parser.end()];
}

/** Turns the parser's nodes into plain values, collecting what is wrong. */
class Reader {
  readonly #lines: LineCounter;
  readonly #problems: YamlProblem[] = [];

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  read(documents: readonly Document.Parsed[]): YamlDocument {
    const [document, second] = documents;
    for (const { errors, warnings } of documents) {
      for (const { message, pos } of [...errors, ...warnings]) this.#problem(pos[0], message);
    }
    if (this.#problems.length > 0) return { root: undefined, problems: this.#problems };
    if (second !== undefined) this.#problem(second.range[0], 'a second document begins');
    const contents = document?.contents ?? null;
    const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
    const root = isEmpty
      ? { at: START, value: {}, keys: new Map() }
      : this.#convert(contents, contents.range[0]);
    return { root, problems: this.#problems };
  }

  /** @param offset where to point at for a value that is not written. */
  #convert(node: ParsedNode | null, offset: number): YamlValue {
    const at = this.#position(node?.range[0] ?? offset);
    if (isMap(node)) return this.#convertMap(node as YAMLMap.Parsed, at);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#convert(item as ParsedNode, node.range[0]));
      return { at, value: items.map(({ value }) => value), items };
    }
    if (isAlias(node)) {
      this.#problem(node.range[0], `*${node.source}: aliases cannot be used here`);
      return { at, value: null };
    }
    return { at, value: node === null ? null : node.value };
  }

  #convertMap(node: YAMLMap.Parsed, at: Position): YamlValue {
    const keys = new Map<string, { at: Position; child: YamlValue }>();
    for (const { key, value } of node.items) {
      const offset = key?.range[0] ?? node.range[0];
      const name: unknown = isScalar(key) ? key.value : undefined;
      const child = this.#convert(value, offset);
      if (typeof name !== 'string') {
        this.#problem(offset, 'a key must be text: put it in quotes');
        continue;
      }
      const before = keys.get(name);
      if (before === undefined) keys.set(name, { at: this.#position(offset), child });
      else this.#problem(offset, `${name} was given before, in line ${before.at.line}`);
    }
    // Own properties, whatever their names.
    const value = Object.fromEntries([...keys].map(([name, { child }]) => [name, child.value]));
    return { at, value, keys };
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  #problem(offset: number, message: string): void {
    const safe = printable(byteStringFromText(message));
    this.#problems.push({ at: this.#position(offset), message: safe });
  }
}

/**
 * Where the value at `path` is written, or as much of the path as there is; with `key`, where its
 * last key is.
 */
export function locate(root: YamlValue, path: readonly PropertyKey[], key = false): Position {
  let { at } = root;
  let value: YamlValue | undefined = root;
  path.forEach((part, index) => {
    const entry = typeof part === 'string' ? value?.keys?.get(part) : undefined;
    const child: YamlValue | undefined =
      entry?.child ?? (typeof part === 'number' ? value?.items?.[part] : undefined);
    if (child !== undefined) at = child.at;
    if (entry !== undefined && key && index === path.length - 1) at = entry.at;
    value = child;
  });
  return at;
}
