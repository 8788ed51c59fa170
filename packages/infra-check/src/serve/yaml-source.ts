import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { nearest } from '../core/nearest.ts';
import { printable } from '../core/text.ts';
import { ConfigError } from './config-error.ts';
import { tooDeepAt } from './yaml-depth.ts';

/** A value of the file together with what it is called in messages, such as `interval` or `warn of module "shop"`. */
export interface Value {
  what: string;
  node: Node;
}

const LONGEST_KEY = 100;

/** A YAML file read strictly: everything that is refused is named by line, column and key. */
export class YamlSource {
  readonly #file: string;
  readonly #lines = new LineCounter();
  /** Null for an empty file. */
  readonly root: Node | null;

  /** @throws {ConfigError} where it is not YAML 1.2, or more than one document */
  constructor(file: string, text: string) {
    this.#file = file;
    const deep = tooDeepAt(text);
    if (deep !== undefined) throw this.#tooDeep(text, deep);
    const document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      merge: false,
      // The library compares each key with all others; mapping() looks them up.
      uniqueKeys: false,
      schema: 'core',
      version: '1.2',
    });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw this.#errorAt(problem.pos[0], `this cannot be read: ${problemText(problem)}`);
    this.root = document.contents;
  }

  /** The parser may not have come as far as this line. */
  #tooDeep(text: string, offset: number): ConfigError {
    const before = text.slice(0, offset).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    return new ConfigError(
      `${printable(this.#file)}, ${place}: this is nested too deeply.`,
      'Correct the configuration file.',
    );
  }

  error({ what, node }: Value, problem: string, hint?: string): ConfigError {
    return this.#errorAt(node.range?.[0] ?? 0, `${what} ${problem}`, hint);
  }

  /** The values of a mapping by key. @param known which keys there are; null where any name will do */
  mapping(value: Value, known: readonly string[] | null): Map<string, Value> {
    const { node, what } = this.#plain(value);
    if (!isMap<Node, Node | null>(node)) throw this.error(value, 'must be a mapping of keys to values.');
    const values = new Map<string, Value>();
    for (const { key, value: item } of node.items) {
      const name = this.#key(key, what, known);
      const named = known === null ? `${what} "${printable(name)}"` : nested(name, what);
      if (values.has(name)) throw this.error({ what: named, node: key }, 'stands there twice.');
      if (item === null || (isScalar(item) && item.value === null))
        throw this.error({ what: named, node: item ?? key }, 'has no value.');
      values.set(name, { what: named, node: item });
    }
    return values;
  }

  list(value: Value, most: number): Value[] {
    const { node, what } = this.#plain(value);
    if (!isSeq<Node>(node)) throw this.error(value, 'must be a list.');
    if (node.items.length > most) throw this.error(value, `has more than ${most} entries.`);
    return node.items.map((item, i) => ({ what: `entry ${i + 1} of ${what}`, node: item }));
  }

  isList(value: Value): boolean {
    return isSeq(this.#plain(value).node);
  }

  /** Strings, and numbers as they are written: `warn: 30` and `min_tls: 1.2` need no quotes. */
  text(value: Value): string {
    const { value: content, source } = this.#scalar(value, 'a text');
    if (typeof content === 'string' && content !== '') return content;
    if (typeof content === 'number' && source !== undefined) return source;
    throw this.error(value, 'must be a text.');
  }

  switch(value: Value): boolean {
    const { value: content } = this.#scalar(value, 'true or false');
    if (typeof content === 'boolean') return content;
    throw this.error(value, 'must be true or false.');
  }

  whole(value: Value, min: number, max: number): number {
    const wanted = `a whole number from ${min} to ${max}`;
    const { value: content } = this.#scalar(value, wanted);
    if (typeof content === 'number' && Number.isInteger(content) && content >= min && content <= max)
      return content;
    throw this.error(value, `must be ${wanted}.`);
  }

  /** `500ms`, `30s`, `5m`, `1h` or `1d`, in milliseconds. */
  duration(value: Value, min: string, max: string): number {
    const wanted = `a duration from ${min} to ${max}, such as ${DURATION_EXAMPLES}`;
    const ms = durationMs(String(this.#scalar(value, wanted).value));
    if (ms >= durationMs(min) && ms <= durationMs(max)) return ms;
    throw this.error(value, `must be ${wanted}.`);
  }

  #key(key: Node, what: string, known: readonly string[] | null): string {
    if (!isScalar(key) || typeof key.value !== 'string' || key.value.length > LONGEST_KEY)
      throw this.error({ what: `a key of ${what}`, node: key }, 'is not a plain name.');
    if (known === null || known.includes(key.value)) return key.value;
    const meant = nearest(key.value, known);
    throw this.error(
      { what: `the key "${printable(key.value)}" of ${what}`, node: key },
      `is not known${meant === undefined ? '.' : `; did you mean ${meant}?`}`,
      `Known are: ${known.join(', ')}.`,
    );
  }

  #scalar(value: Value, wanted: string): Scalar {
    const { node } = this.#plain(value);
    if (isScalar(node)) return node;
    throw this.error(value, `must be ${wanted}.`);
  }

  #plain(value: Value): Value {
    if (isAlias(value.node)) throw this.error(value, 'is an alias, which is not supported.');
    return value;
  }

  #errorAt(offset: number, problem: string, hint = 'Correct the configuration file.'): ConfigError {
    const { line, col } = this.#lines.linePos(offset);
    return new ConfigError(`${printable(this.#file)}, line ${line}, column ${col}: ${problem}`, hint);
  }
}

const problemText = ({ code, message }: YAMLError): string =>
  code === 'MULTIPLE_DOCS' ? 'There is more than one document' : printable(message);

const nested = (name: string, what: string): string => (what === 'the file' ? name : `${name} of ${what}`);

const DURATION_EXAMPLES = '500ms, 30s, 5m or 1h';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** NaN where it is none. */
function durationMs(text: string): number {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return unit === undefined ? Number.NaN : Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
