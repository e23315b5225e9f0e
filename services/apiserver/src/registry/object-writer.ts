import type { Clock, Rng } from '@kubernode/base';
import { alreadyExists, notFound, type KubeObject } from '@kubernode/apimachinery';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { keyPrefix, storeKey, type ResourceStorage } from './served-resource.ts';
import { encodeForStore } from './write/encode-object.ts';
import { fillForCreate } from './write/object-metadata.ts';

type Resource = Parameters<ObjectWriter['get']>[0];

/** The server's own door to its objects. What it writes is trusted: no admission, no validation. */
export function createObjectWriter({ storageOf, clock, rng }: { storageOf(resource: Resource): ResourceStorage | undefined; clock: Clock; rng: Rng }): ObjectWriter {
  const storage = (resource: Resource): ResourceStorage => {
    const found = storageOf(resource);
    if (found === undefined) throw new Error(`broken invariant: no storage for ${resource.resource}.${resource.group}`);
    return found;
  };
  return {
    async get<T extends KubeObject>(resource: Resource, namespace: string, name: string) {
      const of = storage(resource);
      return (await of.store.get(storeKey(of, namespace, name), { freshness: { kind: 'consistent' } }))?.decode<T>();
    },
    async list<T extends KubeObject>(resource: Resource, namespace: string) {
      const of = storage(resource);
      const { items } = await of.store.list({ keyPrefix: keyPrefix(of, namespace), limit: 0, freshness: { kind: 'consistent' } });
      return items.map((item) => item.decode<T>());
    },
    async create<T extends KubeObject>(resource: Resource, object: T) {
      const of = storage(resource);
      const created = structuredClone(object);
      fillForCreate(created, { namespace: object.metadata.namespace ?? '', now: clock.now(), rng });
      const key = storeKey(of, object.metadata.namespace ?? '', created.metadata.name);
      return (await of.store.create(key, encodeForStore(created), { exists: () => alreadyExists(of, created.metadata.name) })).decode<T>();
    },
    async update<T extends KubeObject>(resource: Resource, { namespace, name }: { namespace: string; name: string }, change: (object: T) => T | undefined, { isCharge }: { isCharge?: boolean } = {}) {
      const of = storage(resource);
      const result = await of.store.update(storeKey(of, namespace, name), (current) => {
        if (current === undefined) throw notFound(of, name);
        const next = change(current.decode<T>());
        return next === undefined ? { kind: 'unchanged' } : { kind: 'write', bytes: encodeForStore(next) };
      }, { othersMayWriteTheSame: isCharge });
      return result.object.decode<T>();
    },
    async remove(resource: Resource, namespace: string, name: string) {
      const of = storage(resource);
      await of.store.update(storeKey(of, namespace, name), (current) => {
        if (current === undefined) throw notFound(of, name);
        return { kind: 'delete' };
      }, {});
    },
  };
}
