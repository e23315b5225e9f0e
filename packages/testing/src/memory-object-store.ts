import type { GroupResource } from '@kubernode/apimachinery';
import { seededRng, systemClock, TaskGroup, type Clock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createObjectStore, createStorageBackend, type AttributesOf, type ObjectStoreOptions, type RunnableObjectStore, type StorageBackend, type TransformerSource } from '@kubernode/storage';
import { FakeEtcd, type FakeEtcdOptions } from './fake-etcd.ts';

/** The real storage on an etcd in memory. Dispose of it when done: `await using storage = createMemoryStorage()`. */
export interface MemoryStorage extends AsyncDisposable {
  readonly etcd: FakeEtcd;
  readonly backend: StorageBackend;
  /** A running store whose cache is loaded. */
  store(options: Omit<ObjectStoreOptions, 'backend'>): Promise<RunnableObjectStore>;
}

/** `clock` decides when leases run out and waits end; the system's when absent. `transformers`: encryption at rest. */
export function createMemoryStorage(options: Partial<FakeEtcdOptions> & { etcd?: FakeEtcd; transformers?: TransformerSource } = {}): MemoryStorage {
  const clock = options.clock ?? systemClock;
  const etcd = options.etcd ?? new FakeEtcd({ ...options, clock });
  const backend = createStorageBackend({ etcd, clock, rng: seededRng(1), logger: silentLogger, transformers: options.transformers });
  const tasks = new TaskGroup();
  tasks.spawn((signal) => backend.run(signal));
  return {
    etcd, backend,
    async store(storeOptions) {
      const store = createObjectStore({ ...storeOptions, backend });
      tasks.spawn((signal) => store.run(signal));
      while (!store.ready) await new Promise((resolve) => { setImmediate(resolve); }); // no timer: a virtual clock need not be moved for it
      return store;
    },
    async [Symbol.asyncDispose]() {
      tasks.stop();
      await tasks.done();
      if (options.etcd === undefined) etcd.close();
    },
  };
}

export interface MemoryStoreOptions { prefix?: string; resource?: GroupResource; attributesOf?: AttributesOf; clock?: Clock }

/** One running store on an etcd of its own. */
export async function createMemoryStore({ prefix = '/registry/pods/', resource = { group: '', resource: 'pods' }, attributesOf = labelsAndNames, clock = systemClock }: MemoryStoreOptions = {}): Promise<RunnableObjectStore & AsyncDisposable> {
  const storage = createMemoryStorage({ clock });
  const store = await storage.store({ prefix, resource, attributesOf });
  return Object.assign(store, { [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() });
}

/** Labels, and the two fields that every kind has. */
export function labelsAndNames(object: unknown): ReturnType<AttributesOf> {
  const { metadata = {} } = object as { metadata?: { name?: string; namespace?: string; labels?: Record<string, string> } }; // tests store objects
  return { labels: metadata.labels ?? {}, fields: { 'metadata.name': metadata.name ?? '', 'metadata.namespace': metadata.namespace ?? '' } };
}
