import { Uint, type SameValues, type Value } from './value.ts';

/** A map; keys are strings, integers or booleans. */
export abstract class CelMap {
  abstract readonly size: number;
  /** Undefined when there is no such key; keys of other kinds are simply not there. */
  abstract get(key: Value): Value | undefined;
  abstract keys(): Iterable<Value>;

  equals(other: CelMap, same: SameValues): boolean {
    if (this.size !== other.size) return false;
    for (const key of this.keys()) {
      const mine = this.get(key);
      const theirs = other.get(key);
      if (mine === undefined || theirs === undefined || !same(mine, theirs)) return false;
    }
    return true;
  }
}

/** A map that an expression made. Numbers that are equal are one key, whatever their type. */
export class EntryMap extends CelMap {
  readonly #entries: Map<string, { key: Value; value: Value }>;

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super();
    this.#entries = new Map();
    for (const [key, value] of entries) this.#entries.set(keyText(key) ?? '', { key, value });
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    const text = keyText(key);
    return text === undefined ? undefined : this.#entries.get(text)?.value;
  }

  *keys(): Iterable<Value> {
    for (const { key } of this.#entries.values()) yield key;
  }

  /** Adds an entry in place; for the one fold that builds this map. Returns whether the key was new. */
  insert(key: Value, value: Value): boolean {
    const text = keyText(key);
    if (text === undefined || this.#entries.has(text)) return false;
    this.#entries.set(text, { key, value });
    return true;
  }
}

/** A key's identity; undefined for what can't be a key. */
export function keyText(key: Value): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  return typeof key === 'number' && Number.isSafeInteger(key) ? `n${BigInt(key)}` : undefined;
}
