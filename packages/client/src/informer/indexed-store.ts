import { objectKey, type ObjectMeta } from '@kubernode/apimachinery';
import type { Lister } from '../informer-types.ts';

/** The values under which an index finds an object. */
export type IndexFunction<T> = (object: Readonly<T>) => readonly string[];
export type IndexFunctions<T> = Readonly<Record<string, IndexFunction<T>>>;

interface Index<T> { of: IndexFunction<T>; byValue: Map<string, Map<string, Readonly<T>>> }

const NAMESPACE = 'namespace';
const NOTHING: readonly never[] = [];

/** Objects by key, with indexes kept in step. Not frozen, but shared: readers must not change what they get. */
export class IndexedStore<T> implements Lister<T> {
  readonly #objects = new Map<string, Readonly<T>>();
  readonly #indexes = new Map<string, Index<T>>();
  #all: readonly Readonly<T>[] | undefined; // list() between two changes

  constructor() {
    this.addIndexes({ [NAMESPACE]: (object) => [metaOf(object).namespace ?? ''] });
  }

  /** Known names are kept as they are. */
  addIndexes(functions: IndexFunctions<T>): void {
    for (const [name, of] of Object.entries(functions)) {
      if (this.#indexes.has(name)) continue;
      const index: Index<T> = { of, byValue: new Map() };
      for (const [key, object] of this.#objects) insert(index, key, object);
      this.#indexes.set(name, index);
    }
  }

  get size(): number { return this.#objects.size; }

  keys(): IterableIterator<string> { return this.#objects.keys(); }

  get(key: string): Readonly<T> | undefined { return this.#objects.get(key); }

  list(): readonly Readonly<T>[] {
    this.#all ??= [...this.#objects.values()];
    return this.#all;
  }

  inNamespace(namespace: string): readonly Readonly<T>[] { return this.byIndex(NAMESPACE, namespace); }

  byIndex(name: string, value: string): readonly Readonly<T>[] {
    const found = this.#indexes.get(name)?.byValue.get(value);
    return found === undefined ? NOTHING : [...found.values()];
  }

  /** Puts the object in; returns what was there before. */
  set(object: Readonly<T>): Readonly<T> | undefined {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    this.#objects.set(key, object);
    this.#all = undefined;
    for (const index of this.#indexes.values()) {
      if (previous !== undefined) remove(index, key, previous);
      insert(index, key, object);
    }
    return previous;
  }

  /** Takes the object out; returns what was there. */
  delete(key: string): Readonly<T> | undefined {
    const previous = this.#objects.get(key);
    if (previous === undefined) return undefined;
    this.#objects.delete(key);
    this.#all = undefined;
    for (const index of this.#indexes.values()) remove(index, key, previous);
    return previous;
  }
}

/** The key under which an object is kept. */
export function keyOf(object: unknown): string { return objectKey(metaOf(object)); }

export function metaOf(object: unknown): ObjectMeta {
  return (object as { metadata: ObjectMeta }).metadata; // every object of the API has metadata
}

function insert<T>(index: Index<T>, key: string, object: Readonly<T>): void {
  for (const value of index.of(object)) {
    const bucket = index.byValue.get(value);
    if (bucket === undefined) index.byValue.set(value, new Map([[key, object]]));
    else bucket.set(key, object);
  }
}

function remove<T>(index: Index<T>, key: string, object: Readonly<T>): void {
  for (const value of index.of(object)) {
    const bucket = index.byValue.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) index.byValue.delete(value);
  }
}
