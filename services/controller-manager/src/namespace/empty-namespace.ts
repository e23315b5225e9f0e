import { isMethodNotSupported, isNotFound, type ObjectMeta, sameJson } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { errorMessage, isAbortError } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { discoverResources, type DiscoveredResource } from '../discovered-resources.ts';
import { deletionConditions, type Remaining } from './namespace-conditions.ts';
import { isPods, leftoversOf, podGraceSeconds, Tally, type Leftovers } from './leftovers.ts';

type Namespace = Readonly<coreV1.Namespace>;

export interface EmptyingDependencies { client: Client; now(): number; signal: AbortSignal }

/** What one pass over a namespace's content found. */
export interface Pass {
  namespace: Namespace;
  /** Some of it takes this long; 0 for nothing left. */
  estimateSeconds: number;
  /** Nothing is left to be asked or deleted. */
  clean: boolean;
}

/** One pass: deletes what the cluster serves of a namespace's content, pods before all else since others may serve them, and tells in its conditions what is left. */
export async function emptyNamespace(namespace: Namespace, dependencies: EmptyingDependencies): Promise<Pass> {
  const { resources, stale } = await discoverResources(dependencies.client, dependencies.signal);
  const deletable = resources.filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete'));
  const tally = new Tally();
  for (const pods of deletable.filter(isPods)) await emptyInto(tally, pods, namespace, dependencies);
  const podsRemain = tally.instances.size > 0;
  if (!podsRemain) await Promise.all(deletable.filter((one) => !isPods(one)).map((one) => emptyInto(tally, one, namespace, dependencies)));
  const { estimateSeconds, failures: deletionFailures } = tally;
  const told = podsRemain ? { instances: new Map<string, number>(), finalizers: new Map<string, number>() } : tally; // as in Kubernetes: while there are pods nothing is counted
  const updated = await tell(namespace, { stale, deletionFailures, instances: told.instances, finalizers: told.finalizers }, dependencies);
  return { namespace: updated, estimateSeconds, clean: tally.instances.size === 0 && deletionFailures.length === 0 && stale.length === 0 };
}

async function emptyInto(tally: Tally, resource: DiscoveredResource, namespace: Namespace, dependencies: EmptyingDependencies): Promise<void> {
  let graceSeconds = 0;
  try {
    if (isPods(resource)) graceSeconds = await graceOfPods(namespace, dependencies);
    tally.add(resource, withName(resource, namespace, await empty(resource, namespace.metadata.name, graceSeconds, dependencies)));
  } catch (error) {
    if (isAbortError(error) && dependencies.signal.aborted) throw error;
    tally.add(resource, withName(resource, namespace, { estimateSeconds: graceSeconds, instances: 0, finalizers: new Map(), failure: errorMessage(error) }));
  }
}

function withName(resource: ResourceRef, { metadata: { name } }: Namespace, { failure, ...rest }: Leftovers): Leftovers {
  if (failure === undefined) return rest;
  return { ...rest, failure: isPods(resource) ? `failed to delete pods for namespace: ${name}, err: ${failure}` : failure };
}

async function graceOfPods({ metadata: { name: namespace, deletionTimestamp = '' } }: Namespace, { client, now, signal }: EmptyingDependencies): Promise<number> {
  const { items } = await client.list(coreV1Resources.pods, { namespace, signal });
  return podGraceSeconds(items, deletionTimestamp, now());
}

async function empty(resource: DiscoveredResource, namespace: string, graceSeconds: number, { client, signal }: EmptyingDependencies): Promise<Leftovers> {
  const list = async (): Promise<ObjectMeta[]> => {
    if (!resource.verbs.includes('list')) return [];
    const { items } = await client.list(resource as ResourceRef<{ metadata: ObjectMeta }>, { namespace, metadataOnly: true, signal }).catch(asEmpty); // every object has metadata
    return items.map(({ metadata }) => metadata);
  };
  const before = resource.verbs.includes('list') ? await list() : undefined;
  if (before?.length === 0) return leftoversOf(resource, namespace, [], graceSeconds);
  if (resource.verbs.includes('deletecollection')) await client.deleteCollection(resource, { namespace, propagationPolicy: 'Background', signal }).catch(ignoreUnserved);
  else for (const { name } of before ?? []) await client.delete(resource, { namespace, name }, { signal, propagationPolicy: 'Background' }).catch(ignoreUnserved);
  return leftoversOf(resource, namespace, await list(), graceSeconds);
}

/** A custom resource may be gone since discovery, with all that was of it. */
function ignoreUnserved(error: unknown): void { if (!isNotFound(error) && !isMethodNotSupported(error)) throw error; }

function asEmpty(error: unknown): { items: never[] } { ignoreUnserved(error); return { items: [] }; }

async function tell(namespace: Namespace, remaining: Remaining, { client, now, signal }: EmptyingDependencies): Promise<Namespace> {
  const conditions = deletionConditions(remaining, namespace.status?.conditions ?? [], now());
  if (sameJson(conditions, namespace.status?.conditions)) return namespace;
  return client.update(coreV1Resources.namespaces, { ...namespace, status: { ...namespace.status, phase: 'Terminating', conditions } }, { signal, subresource: 'status' });
}
