import { formatApiVersion, isConflict, isNotFound, type ObjectMeta, type OwnerReference } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { errorMessage, isAbortError, TaskGroup } from '@kubernode/base';
import { WorkQueue } from '@kubernode/client';
import type { Runtime } from '@kubernode/controller';
import { Counter } from 'prom-client';
import { kindKey, type DiscoveredResource } from '../discovered-resources.ts';
import { CollectorRequests } from './collector-requests.ts';
import { judge, type OwnerState } from './judge.ts';
import { identityOf, identityText, means, ownerIdentity, type ObjectIdentity } from './object-identity.ts';
import { FOREGROUND, isEndingWith, ORPHAN, OwnershipGraph, type Effects, type ObservedNode, type VirtualNode } from './ownership-graph.ts';
import { ResourceMonitors } from './resource-monitors.ts';

export { idOf } from './resource-monitors.ts';

export interface GarbageCollectorOptions {
  /** Resources that other controllers read in full anyway, as `idOf` names them. */
  shared: ReadonlySet<string>;
  /** Of each of the two queues. */
  workers: number;
}

/** Dependents of one object that are let go side by side. */
const ORPHANED_AT_ONCE = 64;

/** What an object's reference names may come to be served, or be a mistake: nothing is concluded from it. */
class KindNotServed extends Error {}
/** An object in no namespace names an owner that is in one: that will never mean anything. */
class ImpossibleOwner extends Error {}

/** Deletes what has no owner left, and carries out foreground and orphaning deletions. */
export class GarbageCollector {
  readonly #runtime: Runtime;
  readonly #workers: number;
  readonly #graph = new OwnershipGraph();
  readonly #toDelete: WorkQueue;
  readonly #toOrphan: WorkQueue;
  readonly #requests: CollectorRequests;
  readonly #monitors: ResourceMonitors;

  constructor(runtime: Runtime, { shared, workers }: GarbageCollectorOptions) {
    const { clock, metrics, client } = runtime;
    this.#runtime = runtime;
    this.#workers = workers;
    this.#toDelete = new WorkQueue({ name: 'garbage_collector_attempt_to_delete', clock, metrics });
    this.#toOrphan = new WorkQueue({ name: 'garbage_collector_attempt_to_orphan', clock, metrics });
    this.#requests = new CollectorRequests(client);
    const failures = syncFailures(runtime);
    this.#monitors = new ResourceMonitors({
      runtime, shared,
      onChange: (resource, metadata, previous) => { this.#changed(resource, metadata, previous); },
      onForgotten: (objects) => { for (const { uid = '' } of objects) this.#follow(this.#graph.doubt(uid)); },
      onDiscoveryFailed: () => { failures.inc(); },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const group = new TaskGroup(signal);
    group.spawn((inner) => this.#monitors.run(inner));
    group.spawn((inner) => this.#workWhenSynced(inner));
    try { await group.done(); } finally {
      this.#toDelete.clear();
      this.#toOrphan.clear();
    }
  }

  /** Not before all is known: else every owner that is not listed yet would have to be asked for. */
  async #workWhenSynced(signal: AbortSignal): Promise<void> {
    await this.#monitors.synced(signal);
    const group = new TaskGroup(signal);
    for (let i = 0; i < this.#workers; i++) {
      group.spawn((inner) => this.#work(this.#toDelete, (uid) => this.#attemptToDelete(uid, inner), inner));
      group.spawn((inner) => this.#work(this.#toOrphan, (uid) => this.#orphanDependents(uid, inner), inner));
    }
    await group.done();
  }

  #changed(resource: ResourceRef, metadata: Readonly<ObjectMeta> | undefined, previous: Readonly<ObjectMeta> | undefined): void {
    if (previous !== undefined && previous.uid !== metadata?.uid) this.#follow(this.#graph.remove(previous));
    if (metadata !== undefined) this.#follow(this.#graph.observe(resource, metadata));
  }

  #follow({ toDelete, toDeleteLater, toOrphan, invalidNamespace }: Effects): void {
    for (const uid of toDelete) this.#toDelete.add(uid);
    for (const uid of toDeleteLater) this.#toDelete.addRateLimited(uid);
    for (const uid of toOrphan) this.#toOrphan.add(uid);
    for (const { dependent, owner } of invalidNamespace) this.#reportInvalidNamespace(dependent, owner);
  }

  #reportInvalidNamespace({ resource, metadata }: ObservedNode, owner: OwnerReference): void {
    const { namespace = '', name, uid = '' } = metadata;
    const about = { apiVersion: formatApiVersion(resource), kind: resource.kind, metadata: { name, uid, ...(namespace !== '' && { namespace }) } };
    const message = `ownerRef ${identityText(ownerIdentity(owner, namespace))} does not exist in namespace "${namespace}"`;
    this.#runtime.recorder('garbage-collector-controller').event(about, 'Warning', 'OwnerRefInvalidNamespace', message);
  }

  async #work(queue: WorkQueue, process: (uid: string) => Promise<'done' | 'again'>, signal: AbortSignal): Promise<void> {
    for (;;) {
      const uid = await queue.get(signal);
      try {
        if (await process(uid) === 'done') queue.forget(uid);
        else queue.addRateLimited(uid);
      } catch (error) {
        if (isAbortError(error) && signal.aborted) throw error;
        if (error instanceof ImpossibleOwner) queue.forget(uid);
        else {
          if (!isConflict(error) && !(error instanceof KindNotServed)) this.#runtime.logger.warn('object not collected', { uid, error: errorMessage(error) });
          queue.addRateLimited(uid);
        }
      } finally { queue.done(uid); }
    }
  }

  async #attemptToDelete(uid: string, signal: AbortSignal): Promise<'done' | 'again'> {
    const node = this.#graph.get(uid);
    if (node === undefined) return 'done';
    if (node.virtual) return this.#verify(node, signal);
    if (isEndingWith(node, FOREGROUND)) await this.#deleteInForeground(node, signal);
    else if (node.metadata.deletionTimestamp === undefined) await this.#collect(node, signal);
    return 'done';
  }

  /** Whether a virtual object exists; if so, an informer should show it some time. */
  async #verify({ identity }: VirtualNode, signal: AbortSignal): Promise<'done' | 'again'> {
    if (await this.#find(identity, signal) !== undefined) return 'again';
    this.#follow(this.#graph.confirmAbsent(identity));
    return 'done';
  }

  async #collect(node: ObservedNode, signal: AbortSignal): Promise<void> {
    const { metadata } = node;
    const { uid = '' } = metadata;
    const states = new Map<OwnerReference, OwnerState>();
    for (const owner of metadata.ownerReferences ?? []) states.set(owner, await this.#stateOf(owner, node, signal));
    const dependents = this.#graph.dependentsOf(uid);
    const verdict = judge(metadata, (owner) => states.get(owner) ?? 'solid', dependents.length > 0);
    if (verdict.action === 'none') return;
    try {
      if (verdict.action === 'drop-owners') { await this.#requests.dropOwners(node, verdict.uids, signal); return; }
      const inCircle = verdict.policy === 'Foreground' && dependents.some((one) => isEndingWith(one, FOREGROUND)); // it would wait for what waits for it
      const resourceVersion = inCircle ? await this.#requests.unblockOwners(node, signal) : metadata.resourceVersion;
      await this.#requests.delete(node, verdict.policy, resourceVersion, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#follow(this.#graph.confirmAbsent(identityOf(node.resource, metadata)));
    }
  }

  /** An owner that the graph does not have, or has by another name, is asked for: informers may be behind, references may be wrong. */
  async #stateOf(owner: OwnerReference, { metadata: { namespace = '' } }: ObservedNode, signal: AbortSignal): Promise<OwnerState> {
    if (this.#graph.isAbsent(owner, namespace)) return 'absent';
    const known = this.#graph.get(owner.uid);
    if (known?.virtual === false && means(owner, namespace, identityOf(known.resource, known.metadata))) return isEndingWith(known, FOREGROUND) ? 'waiting' : 'solid';
    const resource = this.#resourceOf(owner);
    const identity = ownerIdentity(owner, resource.namespaced ? namespace : '');
    const metadata = await this.#find(identity, signal);
    if (metadata !== undefined) return isEndingWith({ virtual: false, resource, metadata }, FOREGROUND) ? 'waiting' : 'solid';
    this.#graph.noteAbsent(identity);
    return 'absent';
  }

  /** The object with this identity, as the server has it now. */
  async #find(identity: ObjectIdentity, signal: AbortSignal): Promise<Readonly<ObjectMeta> | undefined> {
    const resource = this.#resourceOf(identity);
    if (resource.namespaced && identity.namespace === '') throw new ImpossibleOwner();
    try {
      const metadata = await this.#requests.get(resource, { name: identity.name, ...(resource.namespaced && { namespace: identity.namespace }) }, signal);
      return metadata.uid === identity.uid ? metadata : undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return undefined;
    }
  }

  #resourceOf({ apiVersion, kind }: { apiVersion: string; kind: string }): DiscoveredResource {
    const resource = this.#monitors.resourceOf(kindKey(apiVersion, kind));
    if (resource === undefined) throw new KindNotServed(`unable to get REST mapping for ${apiVersion}/${kind}.`);
    return resource;
  }

  async #deleteInForeground(node: ObservedNode, signal: AbortSignal): Promise<void> {
    const blockers = this.#graph.blockersOf(node.metadata.uid ?? '');
    if (blockers.length === 0) await this.#requests.dropFinalizer(node, FOREGROUND, signal);
    for (const blocker of blockers) if (!isEndingWith(blocker, FOREGROUND)) this.#toDelete.add(blocker.metadata.uid ?? '');
  }

  async #orphanDependents(uid: string, signal: AbortSignal): Promise<'done'> {
    const node = this.#graph.get(uid);
    if (node === undefined || node.virtual) return 'done';
    const dependents = this.#graph.dependentsOf(uid);
    for (let start = 0; start < dependents.length; start += ORPHANED_AT_ONCE) {
      const results = await Promise.allSettled(dependents.slice(start, start + ORPHANED_AT_ONCE).map((dependent) => this.#requests.dropOwners(dependent, [uid], signal).catch(unlessGone)));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    }
    await this.#requests.dropFinalizer(node, ORPHAN, signal);
    return 'done';
  }
}

function unlessGone(error: unknown): void { if (!isNotFound(error)) throw error; }

/** One for the process: a collector is made anew for each term of leadership. */
function syncFailures({ registry }: Runtime): Counter {
  const name = 'garbagecollector_controller_resources_sync_error_total';
  const known = registry.getSingleMetric(name) as Counter | undefined; // only this function makes a metric of that name
  return known ?? new Counter({ name, help: 'Number of garbage collector resources sync errors', registers: [registry] });
}
