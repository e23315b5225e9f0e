import { resourceOfKind } from '@kubernode/api';
import { formatApiVersion, type GroupVersionKind } from '@kubernode/apimachinery';
import type { ObjectStoreOptions, RunnableObjectStore } from '@kubernode/storage';
import { compiledSchema } from './object-schemas.ts';
import type { ServedResource } from './served-resource.ts';
import { strategies } from './strategies.ts';

export type ServedKind = ServedResource & { storage: { store: RunnableObjectStore } };

/** A built-in kind as the registry serves it, on a store that is opened for it. */
export async function servedKind(storage: { store(options: Omit<ObjectStoreOptions, 'backend'>): Promise<RunnableObjectStore> }, kind: GroupVersionKind): Promise<ServedKind> {
  const facts = resourceOfKind(kind);
  if (facts?.schema === undefined || facts.etcdPrefix === undefined) throw new Error(`${kind.kind} is not stored`);
  const { group, resource, namespaced, subresources = [] } = facts;
  const store = await storage.store({ prefix: facts.etcdPrefix, resource: { group, resource }, attributesOf: () => ({ labels: {}, fields: {} }) });
  const strategy = strategies.get(group === '' ? resource : `${resource}.${group}`) ?? {};
  const kept = { group, resource, namespaced, kind, store, strategy, hasStatus: subresources.some(({ name }) => name === 'status'), emptyStatus: compiledSchema(facts.schema)?.normalise({}).object['status'] };
  return { facts, kind, apiVersion: formatApiVersion(kind), storage: kept };
}
