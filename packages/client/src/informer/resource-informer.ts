import { formatGroupResource, isExpired, type KubeList } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { abortError, errorMessage, exponentialBackoff, isAbortError, onAbort, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Client, ListSelector } from '../client.ts';
import type { Informer, InformerChange, Lister } from '../informer-types.ts';
import { IndexedStore, keyOf, metaOf, type IndexFunctions } from './indexed-store.ts';

export interface InformerDependencies { client: Client; clock: Clock; rng: Rng; logger: Logger }

const PAGE_SIZE = 500;
const BACKOFF = { initialMs: 200, maxMs: 10_000, jitter: 0.5 } as const;

/**
 * A reflector and its store: list, watch from where the list stood, list anew when that position is gone.
 *
 *     list ──▶ watch ──end, broken──▶ watch from the last seen version
 *       ▲────────────410 Gone──────────┘
 */
export class ResourceInformer<T> implements Informer<T> {
  readonly #resource: ResourceRef<T>;
  readonly #selector: ListSelector;
  readonly #deps: InformerDependencies;
  readonly #store: IndexedStore<T> = new IndexedStore<T>();
  readonly #listeners = new Set<(change: InformerChange<T>) => void>();
  readonly #waiting = new Set<() => void>(); // of synced()
  #synced = false;
  #version = ''; // where to watch from; '' when a list is due

  constructor(resource: ResourceRef<T>, selector: ListSelector, dependencies: InformerDependencies) {
    this.#resource = resource;
    this.#selector = selector;
    this.#deps = dependencies;
  }

  get lister(): Lister<T> { return this.#store; }
  get hasSynced(): boolean { return this.#synced; }
  /** The version of the last change or bookmark seen. */
  get resourceVersion(): string { return this.#version; }

  addIndexes(indexes: IndexFunctions<T>): void { this.#store.addIndexes(indexes); }

  onChange(listener: (change: InformerChange<T>) => void): Disposable {
    this.#listeners.add(listener);
    for (const object of this.#store.list()) listener({ key: keyOf(object), object });
    return { [Symbol.dispose]: () => { this.#listeners.delete(listener); } };
  }

  synced(signal: AbortSignal): Promise<void> {
    if (this.#synced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (): void => { link[Symbol.dispose](); resolve(); };
      const link = onAbort(signal, () => { this.#waiting.delete(done); reject(abortError(signal)); });
      if (!signal.aborted) this.#waiting.add(done);
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, rng, logger } = this.#deps;
    const backoff = exponentialBackoff({ ...BACKOFF, rng });
    while (!signal.aborted) {
      try {
        if (this.#version === '') await this.#list(signal);
        await this.#watch(signal, () => { backoff.reset(); });
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error)) this.#version = '';
        else logger.debug('informer interrupted', { resource: formatGroupResource(this.#resource), error: errorMessage(error) });
      }
      await clock.sleep(backoff.next(), { signal }).catch((error: unknown) => { if (!isAbortError(error)) throw error; });
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    const objects: T[] = [];
    let page: KubeList<T> | undefined;
    do {
      const from: string | undefined = page?.metadata.continue;
      page = await client.list(this.#resource, { ...this.#selector, signal, limit: PAGE_SIZE, ...(from !== undefined && { continue: from }) });
      for (const item of page.items) objects.push(item);
    } while (page.metadata.continue !== undefined && page.metadata.continue !== '');
    this.#replace(objects);
    this.#version = page.metadata.resourceVersion ?? '';
    this.#synced = true;
    for (const done of this.#waiting) done();
    this.#waiting.clear();
  }

  async #watch(signal: AbortSignal, onEvent: () => void): Promise<void> {
    const events = this.#deps.client.watch(this.#resource, { ...this.#selector, resourceVersion: this.#version, signal });
    for await (const { type, object } of events) {
      if (type === 'DELETED') this.#remove(keyOf(object));
      else if (type !== 'BOOKMARK') this.#set(object);
      this.#version = metaOf(object).resourceVersion ?? this.#version;
      onEvent();
    }
  }

  /** What the list does not have any more is gone; what did not change is not told. */
  #replace(objects: readonly T[]): void {
    const listed = new Set(objects.map(keyOf));
    for (const key of [...this.#store.keys()]) if (!listed.has(key)) this.#remove(key);
    for (const object of objects) {
      const known = this.#store.get(keyOf(object));
      if (known === undefined || metaOf(known).resourceVersion !== metaOf(object).resourceVersion) this.#set(object);
    }
  }

  #set(object: T): void {
    delete metaOf(object).managedFields; // nobody reads them here, and they are half of the bytes
    const previous = this.#store.set(object);
    this.#tell({ key: keyOf(object), object, ...(previous !== undefined && { previous }) });
  }

  #remove(key: string): void {
    const previous = this.#store.delete(key);
    if (previous !== undefined) this.#tell({ key, previous });
  }

  #tell(change: InformerChange<T>): void { for (const listener of this.#listeners) listener(change); }
}
