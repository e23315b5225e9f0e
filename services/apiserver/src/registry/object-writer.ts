import type { Clock, Rng } from '@kubernode/base';
import { alreadyExists, notFound, type JsonObject, type KubeObject } from '@kubernode/apimachinery';
import type { StoredObject } from '@kubernode/storage';
import type { ObjectWriter, WrittenAs } from '../endpoints/endpoint.ts';
import type { UserInfo } from '../pipeline/api-request.ts';
import { fieldManagerOf } from './field-managers.ts';
import { normalisedObject } from './normalised-object.ts';
import { keyPrefix, storeKey, type ServedResource } from './served-resource.ts';
import type { StrategyContext } from './strategy.ts';
import { encodeForStore } from './write/encode-object.ts';
import { fillForCreate, keepForUpdate } from './write/object-metadata.ts';
import { saysTheSame } from './write/update-object.ts';
import { prepareCreate, prepareUpdate } from './write/write-rules.ts';

type Resource = Parameters<ObjectWriter['get']>[0];
interface ObjectKey { namespace: string; name: string }

/** Whom managedFields name where no part of the server is named: Kubernetes' own, so that both may serve one cluster in turn. */
export const MANAGER = 'kube-apiserver';
const SERVER: UserInfo = { name: 'system:apiserver', uid: '', groups: ['system:masters'], extra: {} };

/**
 * The server's own door to its objects. What it writes gets defaults, what its kind prepares, and managedFields, as if a client had sent
 * it; being trusted, it meets no admission and no validation.
 */
export function createObjectWriter({ servedOf, clock, rng }: { /** In the version that is stored. */ servedOf(resource: Resource): ServedResource | undefined; clock: Clock; rng: Rng }): ObjectWriter {
  const served = (resource: Resource): ServedResource => {
    const found = servedOf(resource);
    if (found === undefined) throw new Error(`broken invariant: no storage for ${resource.resource}.${resource.group}`);
    return found;
  };
  return {
    async get<T extends KubeObject>(resource: Resource, namespace: string, name: string) {
      const { storage } = served(resource);
      return (await storage.store.get(storeKey(storage, namespace, name), { freshness: { kind: 'consistent' } }))?.decode<T>();
    },
    async list<T extends KubeObject>(resource: Resource, namespace: string) {
      const { storage } = served(resource);
      const { items } = await storage.store.list({ keyPrefix: keyPrefix(storage, namespace), limit: 0, freshness: { kind: 'consistent' } });
      return items.map((item) => item.decode<T>());
    },
    async create<T extends KubeObject>(resource: Resource, object: Readonly<T>, { manager = MANAGER } = {}) {
      const of = served(resource);
      const { storage } = of;
      const { namespace = '' } = object.metadata;
      const now = clock.now();
      const created = fieldManagerOf(of, '').update({ live: undefined, next: normalisedObject(of, object), manager, now });
      fillForCreate(created, { namespace, now, rng });
      prepareCreate(storage, created, contextOf(of, { subresource: '', now }));
      const { name } = created.metadata;
      const stored = await storage.store.create(storeKey(storage, namespace, name), encodeForStore(created), { object: created, exists: () => alreadyExists(storage, name), ttlSeconds: storage.strategy.ttlSeconds });
      return stored.decode<T>();
    },
    async update<T extends KubeObject>(resource: Resource, key: ObjectKey, change: (object: T) => T | undefined, { isCharge, manager = MANAGER, subresource = '' }: WrittenAs & { isCharge?: boolean } = {}) {
      const of = served(resource);
      const keeper = fieldManagerOf(of, subresource);
      return rewrite<T>(of, { key, subresource, clock, isCharge }, (current, now) => {
        const next = change(current.decode<T>());
        return next && keeper.update({ live: current.read<KubeObject>(), next: normalisedObject(of, next), manager, now });
      });
    },
    async apply<T extends KubeObject>(resource: Resource, key: ObjectKey, fields: JsonObject, { manager = MANAGER, subresource = '' }: WrittenAs = {}) {
      const of = served(resource);
      const keeper = fieldManagerOf(of, subresource);
      const { namespace, name } = key;
      const applied: JsonObject = { kind: of.kind.kind, apiVersion: of.apiVersion, metadata: { name, ...(namespace !== '' && { namespace }) }, ...fields };
      return rewrite<T>(of, { key, subresource, clock }, (current, now) => normalisedObject(of, keeper.apply({ live: current.read<KubeObject>(), applied, manager, force: true, now })));
    },
    async remove(resource: Resource, namespace: string, name: string) {
      const { storage } = served(resource);
      await storage.store.update(storeKey(storage, namespace, name), (current) => {
        if (current === undefined) throw notFound(storage, name);
        return { kind: 'delete' };
      }, {});
    },
  };
}

interface Rewriting { key: ObjectKey; subresource: string; clock: Clock; isCharge?: boolean | undefined }

/** Writes the next state of an object until it holds; none, or one that says the same, leaves it alone. */
async function rewrite<T extends KubeObject>(of: ServedResource, { key: { namespace, name }, subresource, clock, isCharge }: Rewriting, next: (current: StoredObject, now: number) => KubeObject | undefined): Promise<T> {
  const { storage } = of;
  const { object } = await storage.store.update(storeKey(storage, namespace, name), (current) => {
    if (current === undefined) throw notFound(storage, name);
    const now = clock.now();
    const changed = next(current, now);
    if (changed === undefined) return { kind: 'unchanged' };
    const old = current.read<KubeObject>();
    keepForUpdate(changed, old);
    prepareUpdate(storage, { object: changed, old, context: contextOf(of, { subresource, now }) });
    return saysTheSame(changed, old) ? { kind: 'unchanged' } : { kind: 'write', bytes: encodeForStore(changed), object: changed, ttlSeconds: storage.strategy.ttlSeconds };
  }, { othersMayWriteTheSame: isCharge });
  return object.decode<T>();
}

function contextOf({ apiVersion }: ServedResource, { subresource, now }: { subresource: string; now: number }): StrategyContext {
  return { user: SERVER, subresource, apiVersion, now };
}
