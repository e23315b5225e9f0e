import { isNotFound, StatusError, type ObjectMeta } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { errorMessage, isAbortError, TaskGroup } from '@kubernode/base';
import { WorkQueue } from '@kubernode/client';
import type { Runtime } from '@kubernode/controller';
import { sameJson } from '../controllers/same-json.ts';
import { discoverResources, type DiscoveredResource } from '../discovered-resources.ts';
import { deletionConditions, type Remaining } from './namespace-conditions.ts';

const FINALIZER = 'kubernetes';
const namespaces = coreV1Resources.namespaces;

/** Empties namespaces that are being deleted, of whatever the cluster serves, then lets them go. Pods go first: others may serve them. */
export async function runNamespaceController({ client, informers, clock, logger, metrics }: Runtime, { workers }: { workers: number }, signal: AbortSignal): Promise<void> {
  const queue = new WorkQueue({ name: 'namespace', clock, metrics, retryDelayMs: 100, retryDelayMaxMs: 10_000 });
  const informer = informers.informer(namespaces);
  await informer.synced(signal);
  using _listener = informer.onChange(({ key, object }) => { if (object?.metadata.deletionTimestamp !== undefined) queue.add(key); });
  const emptier = new Emptier({ client, clock });
  const work = async (inner: AbortSignal): Promise<void> => {
    for (;;) {
      const key = await queue.get(inner);
      try {
        const namespace = informer.lister.get(key);
        const done = namespace === undefined || await emptier.step(namespace, inner);
        if (done) queue.forget(key);
        else queue.addRateLimited(key);
      } catch (error) {
        if (isAbortError(error) && inner.aborted) throw error;
        if (!(error instanceof StatusError)) logger.warn('namespace not emptied', { namespace: key, error: errorMessage(error) });
        queue.addRateLimited(key);
      } finally { queue.done(key); }
    }
  };
  const group = new TaskGroup(signal);
  for (let i = 0; i < workers; i++) group.spawn(work);
  try { await group.done(); } finally { queue.clear(); }
}

/** One pass over a namespace's content. */
class Emptier {
  readonly #deps: Pick<Runtime, 'client' | 'clock'>;

  constructor(dependencies: Pick<Runtime, 'client' | 'clock'>) { this.#deps = dependencies; }

  /** Whether nothing is left to do for it. */
  async step(namespace: Readonly<coreV1.Namespace>, signal: AbortSignal): Promise<boolean> {
    const { client } = this.#deps;
    const { name, uid = '', deletionTimestamp, finalizers: others = [] } = namespace.metadata;
    const finalizers = namespace.spec?.finalizers ?? [];
    if (deletionTimestamp === undefined) return true;
    if (finalizers.length === 0 && others.length === 0) { // emptied, but the server has not let go of it with its last finalizer
      await client.delete(namespaces, { name }, { signal, uid }).catch((error: unknown) => { if (!isNotFound(error)) throw error; });
      return true;
    }
    if (!finalizers.includes(FINALIZER)) return true;
    const { resources, failures } = await discoverResources(client, signal);
    const namespaced = resources.filter((one) => one.namespaced);
    const isPod = (one: ResourceRef): boolean => one.group === '' && one.resource === 'pods';
    const remaining = { discoveryFailures: failures, deletionFailures: [] as string[], instances: new Map<string, number>(), finalizers: new Map<string, number>() };
    for (const one of namespaced.filter(isPod)) await this.#empty(one, namespace.metadata.name, remaining, signal);
    if (remaining.instances.size === 0) await Promise.all(namespaced.filter((one) => !isPod(one)).map((one) => this.#empty(one, namespace.metadata.name, remaining, signal)));
    const updated = await this.#tell(namespace, remaining, signal);
    if (failures.length > 0 || remaining.deletionFailures.length > 0 || remaining.instances.size > 0) return false;
    await client.update(namespaces, { ...updated, spec: { finalizers: (updated.spec?.finalizers ?? []).filter((one) => one !== FINALIZER) } }, { signal, subresource: 'finalize' }).catch((error: unknown) => { if (!isNotFound(error)) throw error; });
    return true;
  }

  async #empty(resource: DiscoveredResource, namespace: string, remaining: Remaining & { deletionFailures: string[]; instances: Map<string, number>; finalizers: Map<string, number> }, signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    try {
      const left = await this.#list(resource, namespace, signal);
      if (left.length === 0) return;
      if (resource.verbs.includes('deletecollection')) await client.deleteCollection(resource, { namespace, signal });
      else await Promise.all(left.map(({ name }) => client.delete(resource, { namespace, name }, { signal, propagationPolicy: 'Background' }).catch((error: unknown) => { if (!isNotFound(error)) throw error; })));
      const still = await this.#list(resource, namespace, signal);
      if (still.length > 0) remaining.instances.set(`${resource.resource}.${resource.group}`, still.length);
      for (const finalizer of still.flatMap(({ finalizers = [] }) => finalizers)) remaining.finalizers.set(finalizer, (remaining.finalizers.get(finalizer) ?? 0) + 1);
    } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      if (!isNotFound(error)) remaining.deletionFailures.push(errorMessage(error)); // a custom resource may be gone since discovery
    }
  }

  async #list(resource: DiscoveredResource, namespace: string, signal: AbortSignal): Promise<ObjectMeta[]> {
    const { items } = await this.#deps.client.list(resource as ResourceRef<{ metadata: ObjectMeta }>, { namespace, metadataOnly: true, signal }); // every object has metadata
    return items.map(({ metadata }) => metadata);
  }

  async #tell(namespace: Readonly<coreV1.Namespace>, remaining: Remaining, signal: AbortSignal): Promise<Readonly<coreV1.Namespace>> {
    const { client, clock } = this.#deps;
    const conditions = deletionConditions(remaining, namespace.status?.conditions ?? [], clock.now());
    if (sameJson(conditions, namespace.status?.conditions)) return namespace;
    return client.update(namespaces, { ...namespace, status: { ...namespace.status, phase: 'Terminating', conditions } }, { signal, subresource: 'status' });
  }
}
