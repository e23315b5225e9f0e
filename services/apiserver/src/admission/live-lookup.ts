import type { Clock } from '@kubernode/base';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ObjectSource } from '../endpoints/endpoint.ts';

/** As in Kubernetes: how long it is believed that a namespace has none, besides what the cache shows. */
const BELIEVE_MS = 30_000;
const NAMESPACES_MAX = 10_000;

/**
 * The objects of a namespace by the cache; where it shows none, by a consistent list, which is believed for a while. So rules that were
 * made a moment ago through another replica hold at once for a namespace's first objects.
 */
export class LiveLookup<T extends KubeObject> {
  readonly #source: ObjectSource<T>;
  readonly #list: (namespace: string) => Promise<readonly Readonly<T>[]>;
  readonly #clock: Clock;
  readonly #looked = new Map<string, { items: readonly Readonly<T>[]; until: number }>();

  constructor({ source, list, clock }: { source: ObjectSource<T>; list(namespace: string): Promise<readonly Readonly<T>[]>; clock: Clock }) {
    this.#source = source;
    this.#list = list;
    this.#clock = clock;
  }

  /** A promise only where it has to ask. */
  get(namespace: string): readonly Readonly<T>[] | Promise<readonly Readonly<T>[]> {
    const cached = [...this.#source.list(namespace)];
    if (cached.length > 0) return cached;
    const known = this.#looked.get(namespace);
    return known !== undefined && known.until > this.#clock.monotonicNow() ? known.items : this.#look(namespace);
  }

  async #look(namespace: string): Promise<readonly Readonly<T>[]> {
    const items = await this.#list(namespace);
    const oldest = this.#looked.keys().next();
    if (this.#looked.size >= NAMESPACES_MAX && oldest.done !== true) this.#looked.delete(oldest.value);
    this.#looked.delete(namespace);
    this.#looked.set(namespace, { items, until: this.#clock.monotonicNow() + BELIEVE_MS });
    return items;
  }
}
