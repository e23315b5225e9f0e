import { formatGroupResource, isExpired, isInvalid, type KubeList } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { abortError, errorMessage, exponentialBackoff, isAbortError, onAbort, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Client, ListSelector } from '../client.ts';
import type { Informer, InformerChange, Lister, ListenOptions } from '../informer-types.ts';
import { IndexedStore, keyOf, metaOf, type IndexFunctions } from './indexed-store.ts';

export interface InformerDependencies {
  client: Client;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  /** Called once for each object before it is kept; what it returns is kept instead, so that nobody pays for what nobody reads. Keeps metadata. */
  transform?: (object: unknown, resource: ResourceRef) => unknown;
  /** Lets servers stream what is there as the beginning of a watch, instead of listing it page by page. Servers that cannot are listed. */
  watchList?: boolean;
}

const PAGE_SIZE = 500;
const BACKOFF = { initialMs: 200, maxMs: 10_000, jitter: 0.5 } as const;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * A reflector and its store: list, watch from where the list stood, list anew when that position is gone.
 *
 *     list ──▶ watch ──end, broken──▶ watch from the last seen version
 *       ▲────────────410 Gone──────────┘
 *
 * Where servers can, list and watch are one stream.
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
  #streams: boolean; // whether the server is thought to stream what is there

  constructor(resource: ResourceRef<T>, selector: ListSelector, dependencies: InformerDependencies) {
    this.#resource = resource;
    this.#selector = selector;
    this.#deps = dependencies;
    this.#streams = dependencies.watchList === true;
  }

  get lister(): Lister<T> { return this.#store; }
  get hasSynced(): boolean { return this.#synced; }
  /** The version of the last change or bookmark seen. */
  get resourceVersion(): string { return this.#version; }

  addIndexes(indexes: IndexFunctions<T>): void { this.#store.addIndexes(indexes); }

  onChange(listener: (change: InformerChange<T>) => void, { resyncMs }: ListenOptions = {}): Disposable {
    this.#listeners.add(listener);
    for (const object of this.#store.list()) listener({ key: keyOf(object), object });
    let timer: Disposable | undefined;
    const tellAgain = (): void => {
      for (const object of this.#store.list()) listener({ key: keyOf(object), object, previous: object });
      schedule();
    };
    const schedule = (): void => { if (resyncMs !== undefined) timer = this.#deps.clock.after(resyncMs, tellAgain); };
    schedule();
    return { [Symbol.dispose]: () => { timer?.[Symbol.dispose](); this.#listeners.delete(listener); } };
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
        if (this.#version === '' && !this.#streams) await this.#list(signal);
        await this.#watch(signal, () => { backoff.reset(); });
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error)) this.#version = '';
        else if (this.#version === '' && isInvalid(error)) this.#streams = false; // it has no such feature
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
    this.#keepOnly(new Set(objects.map(keyOf)));
    for (const object of objects) this.#setIfNewer(object);
    this.#complete(page.metadata.resourceVersion ?? '');
  }

  /** From the last version seen, or, without one, from all that is there: until a bookmark says so, what was kept before may be gone. */
  async #watch(signal: AbortSignal, onEvent: () => void): Promise<void> {
    const present = this.#version === '' ? new Set<string>() : undefined;
    const events = this.#deps.client.watch(this.#resource, { ...this.#selector, resourceVersion: this.#version, ...(present && { initialEvents: true }), signal });
    for await (const { type, object } of events) {
      onEvent();
      const version = metaOf(object).resourceVersion ?? this.#version;
      if (this.#version !== '' || present === undefined) {
        this.#apply(type, object);
        this.#version = version;
      } else if (type === 'BOOKMARK') {
        if (metaOf(object).annotations?.[INITIAL_EVENTS_END] !== 'true') continue;
        this.#keepOnly(present);
        this.#complete(version);
      } else {
        this.#apply(type, object);
        if (type === 'DELETED') present.delete(keyOf(object));
        else present.add(keyOf(object));
      }
    }
  }

  #complete(version: string): void {
    this.#version = version;
    this.#synced = true;
    for (const done of this.#waiting) done();
    this.#waiting.clear();
  }

  #apply(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: T): void {
    if (type === 'DELETED') this.#remove(keyOf(object));
    else if (type === 'MODIFIED') this.#set(object);
    else if (type === 'ADDED') this.#setIfNewer(object);
  }

  /** What is not there any more is gone. */
  #keepOnly(keys: ReadonlySet<string>): void {
    for (const key of [...this.#store.keys()]) if (!keys.has(key)) this.#remove(key);
  }

  /** What did not change is not told. */
  #setIfNewer(object: T): void {
    const known = this.#store.get(keyOf(object));
    if (known === undefined || metaOf(known).resourceVersion !== metaOf(object).resourceVersion) this.#set(object);
  }

  #set(given: T): void {
    const { transform } = this.#deps;
    delete metaOf(given).managedFields; // nobody reads them here, and they are half of the bytes
    const object = transform === undefined ? given : transform(given, this.#resource) as T; // still an object of the resource, by contract
    const previous = this.#store.set(object);
    this.#tell({ key: keyOf(object), object, ...(previous !== undefined && { previous }) });
  }

  #remove(key: string): void {
    const previous = this.#store.delete(key);
    if (previous !== undefined) this.#tell({ key, previous });
  }

  #tell(change: InformerChange<T>): void { for (const listener of this.#listeners) listener(change); }
}
