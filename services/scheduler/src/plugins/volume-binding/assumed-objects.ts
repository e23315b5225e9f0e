import type { ObjectMeta } from '@kubernode/apimachinery';
import type { Lister } from '@kubernode/client';

interface Kept<T> { readonly object: T; /** The version that was changed; any later one is truth. */ readonly base: string }

/**
 * Objects of a resource with changes that were decided but are not seen yet: the next decision has to count with them. Such a change is
 * forgotten when the watch shows a newer version, or the object is gone, or it is taken back.
 */
export class AssumedObjects<T extends { metadata: ObjectMeta }> {
  readonly #lister: Pick<Lister<T>, 'get' | 'list'>;
  readonly #keyOf: (object: Readonly<T>) => string;
  readonly #assumed = new Map<string, Kept<Readonly<T>>>();

  constructor(lister: Pick<Lister<T>, 'get' | 'list'>, keyOf: (object: Readonly<T>) => string) {
    this.#lister = lister;
    this.#keyOf = keyOf;
  }

  get(key: string): Readonly<T> | undefined {
    const seen = this.#lister.get(key);
    return this.#assumed.size === 0 ? seen : this.#newer(key, seen);
  }

  /** As the watch shows it. */
  seen(key: string): Readonly<T> | undefined { return this.#lister.get(key); }

  list(): readonly Readonly<T>[] {
    const all = this.#lister.list();
    return this.#assumed.size === 0 ? all : all.map((one) => this.#newer(this.#keyOf(one), one) ?? one);
  }

  assume(object: Readonly<T>): void { this.#assumed.set(this.#keyOf(object), { object, base: object.metadata.resourceVersion ?? '' }); }
  restore(object: Readonly<T>): void { this.#assumed.delete(this.#keyOf(object)); }

  #newer(key: string, seen: Readonly<T> | undefined): Readonly<T> | undefined {
    const kept = this.#assumed.get(key);
    if (kept === undefined) return seen;
    if (seen !== undefined && (seen.metadata.resourceVersion ?? '') === kept.base) return kept.object;
    this.#assumed.delete(key);
    return seen;
  }
}
