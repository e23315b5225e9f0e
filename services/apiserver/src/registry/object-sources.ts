import { exponentialBackoff, isAbortError, type Clock, type Rng } from '@kubernode/base';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ListPage, ObjectStore, StoredObject } from '@kubernode/storage';
import type { ObjectSource, ObjectSources, SourceChange } from '../endpoints/endpoint.ts';
import type { ResourceStorage } from './served-resource.ts';

const EVENTS_PER_STEP_MAX = 1000;
const RELOAD_DELAY_MIN_MS = 50;
const RELOAD_DELAY_MAX_MS = 5_000;
/** There may be tens of thousands of these, and most are never looked at again: they stay bytes, which the watch cache has anyway. */
const DECODED_ON_DEMAND: ReadonlySet<string> = new Set(['/pods', '/secrets', '/persistentvolumes', '/nodes']);

export interface ObjectSourcesOptions {
  storageOf(resource: { group: string; resource: string }): ResourceStorage | undefined;
  clock: Clock;
  rng: Rng;
  /** Runs a source's loop for as long as the server lives. */
  spawn(task: (signal: AbortSignal) => Promise<void>): void;
}

/** Sources by resource, each started when first asked for. */
export function createObjectSources({ storageOf, clock, rng, spawn }: ObjectSourcesOptions): ObjectSources {
  const sources = new Map<string, StoreSource>();
  return <T extends KubeObject>(resource: { group: string; resource: string }) => {
    const key = `${resource.group}/${resource.resource}`;
    let source = sources.get(key);
    if (source === undefined) {
      const storage = storageOf(resource);
      if (storage === undefined) throw new Error(`broken invariant: no storage for ${key}`);
      source = new StoreSource(storage.store, { keepsDecoded: !DECODED_ON_DEMAND.has(key) });
      const started = source;
      spawn((signal) => started.run({ clock, rng, signal }));
      sources.set(key, source);
    }
    return source as unknown as ObjectSource<T>; // the caller names the type of what the store holds
  };
}

type Listener = (change: SourceChange<KubeObject>) => void;

interface Entry { stored: StoredObject; decoded: Readonly<KubeObject> | undefined }

/** The objects of one store, kept up to date by a watch. */
class StoreSource implements ObjectSource {
  readonly #store: ObjectStore;
  readonly #keepsDecoded: boolean;
  /** namespace → name → object; '' for cluster-scoped ones. */
  readonly #objects = new Map<string, Map<string, Entry>>();
  readonly #listeners = new Set<Listener>();
  #ready = false;

  constructor(store: ObjectStore, { keepsDecoded }: { keepsDecoded: boolean }) { this.#store = store; this.#keepsDecoded = keepsDecoded; }

  get ready(): boolean { return this.#ready; }

  get(namespace: string, name: string): Readonly<KubeObject> | undefined {
    const entry = this.#objects.get(namespace)?.get(name);
    return entry && decoded(entry);
  }

  *list(namespace?: string): Iterable<Readonly<KubeObject>> {
    for (const ofNamespace of namespace === undefined ? this.#objects.values() : [this.#objects.get(namespace)]) {
      for (const entry of ofNamespace?.values() ?? []) yield decoded(entry);
    }
  }

  onChange(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => { this.#listeners.delete(listener); } };
  }

  async run({ clock, rng, signal }: { clock: Clock; rng: Rng; signal: AbortSignal }): Promise<void> {
    const backoff = exponentialBackoff({ initialMs: RELOAD_DELAY_MIN_MS, maxMs: RELOAD_DELAY_MAX_MS, rng });
    while (!signal.aborted) {
      try {
        const page = await this.#store.list({ keyPrefix: '', limit: 0, freshness: { kind: 'consistent' }, signal });
        this.#replaceAll(page);
        backoff.reset();
        await this.#follow(page.revision, signal);
      } catch (error) {
        if (isAbortError(error) && signal.aborted) return;
        await clock.sleep(backoff.next(), { signal }); // the store is rebuilt or etcd is away: load anew
      }
    }
  }

  #replaceAll({ items }: ListPage): void {
    const gone = new Map([...this.list()].map((object) => [identity(object), object]));
    for (const item of items) {
      const object = item.read<KubeObject>();
      gone.delete(identity(object));
      if (this.#objects.get(object.metadata.namespace ?? '')?.get(object.metadata.name)?.stored.revision !== item.revision) this.#put(item, object);
    }
    for (const object of gone.values()) this.#remove(object);
    this.#ready = true;
  }

  async #follow(fromRevision: number, signal: AbortSignal): Promise<void> {
    using watcher = this.#store.watch({ fromRevision, keyPrefix: '', signal });
    for (;;) {
      for (const { type, object } of await watcher.next({ maxEvents: EVENTS_PER_STEP_MAX, signal })) {
        if (type === 'DELETED') this.#remove(object.read<KubeObject>());
        else this.#put(object, object.read<KubeObject>());
      }
    }
  }

  #put(stored: StoredObject, object: Readonly<KubeObject>): void {
    const { namespace = '', name } = object.metadata;
    let ofNamespace = this.#objects.get(namespace);
    if (ofNamespace === undefined) { ofNamespace = new Map(); this.#objects.set(namespace, ofNamespace); }
    const type = ofNamespace.has(name) ? 'MODIFIED' : 'ADDED';
    ofNamespace.set(name, { stored, decoded: this.#keepsDecoded ? object : undefined });
    this.#tell({ type, object });
  }

  #remove(object: Readonly<KubeObject>): void {
    const { namespace = '', name } = object.metadata;
    if (this.#objects.get(namespace)?.delete(name) === true) this.#tell({ type: 'DELETED', object });
  }

  #tell(change: SourceChange<KubeObject>): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function decoded({ stored, decoded: kept }: Entry): Readonly<KubeObject> {
  return kept ?? stored.read<KubeObject>();
}

function identity({ metadata: { namespace = '', name } }: Readonly<KubeObject>): string {
  return `${namespace}/${name}`;
}
