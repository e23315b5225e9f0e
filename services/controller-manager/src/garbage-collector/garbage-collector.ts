import { formatApiVersion, isConflict, isNotFound, type ObjectMeta, type OwnerReference } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { errorMessage, isAbortError, TaskGroup } from '@kubernode/base';
import { WorkQueue } from '@kubernode/client';
import type { Runtime } from '@kubernode/controller';
import { discoverResources, type DiscoveredResource } from '../discovered-resources.ts';
import { FOREGROUND, judge, ORPHAN, OwnershipGraph, type GraphNode, type OwnerState } from './ownership-graph.ts';

export interface GarbageCollectorOptions {
  /** Resources that other controllers read in full anyway: their informers are shared, not doubled. */
  shared: ReadonlySet<string>;
  workers: number;
}

const REFRESH_MS = 30_000;
const ABSENT_MAX = 10_000;

/** Deletes what has no owner left, and carries out foreground and orphaning deletions. */
export class GarbageCollector {
  readonly #runtime: Runtime;
  readonly #options: GarbageCollectorOptions;
  readonly #graph = new OwnershipGraph();
  readonly #queue: WorkQueue;
  readonly #watched = new Map<string, { resource: DiscoveredResource; listener: Disposable }>();
  readonly #resourceOfKind = new Map<string, DiscoveredResource>(); // by `apiVersion kind`
  readonly #absent = new Set<string>(); // uids that the server does not know

  constructor(runtime: Runtime, options: GarbageCollectorOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#queue = new WorkQueue({ name: 'garbage_collector_attempt_to_delete', clock: runtime.clock, metrics: runtime.metrics });
  }

  async run(signal: AbortSignal): Promise<void> {
    const group = new TaskGroup(signal);
    group.spawn((inner) => this.#keepDiscovering(inner));
    for (let i = 0; i < this.#options.workers; i++) group.spawn((inner) => this.#work(inner));
    try { await group.done(); } finally {
      this.#queue.clear();
      for (const { listener } of this.#watched.values()) listener[Symbol.dispose]();
    }
  }

  async #keepDiscovering(signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#runtime;
    for (;;) {
      try {
        const { resources, stale } = await discoverResources(client, signal);
        this.#watchAll(resources.filter(({ verbs }) => verbs.includes('list') && verbs.includes('delete')), stale.length === 0);
      } catch (error) {
        if (isAbortError(error) && signal.aborted) throw error;
        logger.warn('discovery failed', { error: errorMessage(error) });
      }
      await clock.sleep(this.#watched.size === 0 ? 1000 : REFRESH_MS, { signal });
    }
  }

  #watchAll(resources: readonly DiscoveredResource[], complete: boolean): void {
    const { informers } = this.#runtime;
    const wanted = new Map(resources.filter(({ resource, verbs }) => resource !== 'events' && verbs.includes('watch')).map((one) => [idOf(one), one]));
    for (const one of resources) this.#resourceOfKind.set(`${formatApiVersion(one)} ${one.kind}`, one);
    for (const [id, { resource, listener }] of this.#watched) {
      if (wanted.has(id) || !complete) continue;
      listener[Symbol.dispose]();
      if (!this.#options.shared.has(id)) informers.forget(resource, { metadataOnly: true }); // its definition went: nobody answers any more
      this.#watched.delete(id);
    }
    for (const [id, one] of wanted) {
      if (this.#watched.has(id)) continue;
      const informer = informers.informer(one as ResourceRef<{ metadata: ObjectMeta }>, this.#options.shared.has(id) ? {} : { metadataOnly: true }); // every object has metadata
      this.#watched.set(id, { resource: one, listener: informer.onChange(({ object, previous }) => { this.#changed(one, object?.metadata, previous?.metadata); }) });
    }
  }

  #changed(resource: ResourceRef, metadata: Readonly<ObjectMeta> | undefined, previous: Readonly<ObjectMeta> | undefined): void {
    if (previous !== undefined && previous.uid !== metadata?.uid) this.#gone(previous);
    if (metadata === undefined) return;
    const uid = metadata.uid ?? '';
    this.#absent.delete(uid);
    this.#graph.set({ resource, metadata });
    const finalizing = metadata.deletionTimestamp !== undefined && metadata.finalizers?.some((one) => one === FOREGROUND || one === ORPHAN) === true;
    if (metadata.ownerReferences !== undefined || finalizing) this.#queue.add(uid);
  }

  #gone({ uid = '' }: Readonly<ObjectMeta>): void {
    const node = this.#graph.remove(uid);
    this.#noteAbsent(uid);
    for (const { metadata } of this.#graph.dependentsOf(uid)) this.#queue.add(metadata.uid ?? '');
    for (const owner of node?.metadata.ownerReferences ?? []) if (this.#graph.get(owner.uid)?.metadata.deletionTimestamp !== undefined) this.#queue.add(owner.uid);
  }

  #noteAbsent(uid: string): void {
    this.#absent.add(uid);
    if (this.#absent.size > ABSENT_MAX) this.#absent.delete(this.#absent.values().next().value ?? '');
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const uid = await this.#queue.get(signal);
      try {
        const node = this.#graph.get(uid);
        if (node !== undefined) await this.#process(node, signal);
        this.#queue.forget(uid);
      } catch (error) {
        if (isAbortError(error) && signal.aborted) throw error;
        if (!isNotFound(error)) {
          if (!isConflict(error)) this.#runtime.logger.warn('object not collected', { uid, error: errorMessage(error) });
          this.#queue.addRateLimited(uid);
        }
      } finally { this.#queue.done(uid); }
    }
  }

  async #process(node: GraphNode, signal: AbortSignal): Promise<void> {
    const { finalizers = [], deletionTimestamp, uid = '' } = node.metadata;
    if (deletionTimestamp !== undefined) {
      if (finalizers.includes(ORPHAN)) await this.#orphanDependents(node, signal);
      else if (finalizers.includes(FOREGROUND)) await this.#deleteInForeground(node, signal);
      return;
    }
    const states = new Map<string, OwnerState>();
    for (const owner of node.metadata.ownerReferences ?? []) states.set(owner.uid, await this.#stateOf(owner, node, signal));
    const verdict = judge(node, states, this.#graph.dependentsOf(uid).length > 0);
    switch (verdict.action) {
      case 'none': return;
      case 'drop-references': await this.#setOwners(node, verdict.owners, signal); return;
      case 'delete': {
        const { name, namespace, resourceVersion } = node.metadata;
        await this.#runtime.client.delete(node.resource, { name, namespace }, { signal, uid, propagationPolicy: verdict.policy, ...(resourceVersion !== undefined && { resourceVersion }) });
      }
    }
  }

  /** An owner that the graph does not have is looked up: informers may be behind, references may be wrong. */
  async #stateOf(owner: OwnerReference, node: GraphNode, signal: AbortSignal): Promise<OwnerState> {
    const known = this.#graph.get(owner.uid);
    if (known !== undefined) {
      const waits = known.metadata.deletionTimestamp !== undefined && known.metadata.finalizers?.includes(FOREGROUND) === true;
      return waits ? 'waiting' : 'solid';
    }
    if (this.#absent.has(owner.uid)) return 'absent';
    const resource = this.#resourceOfKind.get(`${owner.apiVersion} ${owner.kind}`) ?? this.#sameGroupKind(owner);
    if (resource === undefined) return 'solid'; // a kind that is not served may come back with its objects
    try {
      const target = { name: owner.name, ...(resource.namespaced && { namespace: node.metadata.namespace }) };
      const found = await this.#runtime.client.get(resource as ResourceRef<{ metadata: ObjectMeta }>, target, { signal }); // every object has metadata
      if (found.metadata.uid === owner.uid) return 'solid';
    } catch (error) { if (!isNotFound(error)) throw error; }
    this.#noteAbsent(owner.uid);
    return 'absent';
  }

  /** The reference may name another version of the group than the preferred one. */
  #sameGroupKind({ apiVersion, kind }: OwnerReference): DiscoveredResource | undefined {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    return [...this.#resourceOfKind.values()].find((one) => one.group === group && one.kind === kind);
  }

  async #deleteInForeground(node: GraphNode, signal: AbortSignal): Promise<void> {
    const blockers = this.#graph.blockersOf(node.metadata.uid ?? '');
    for (const { metadata } of this.#graph.dependentsOf(node.metadata.uid ?? '')) this.#queue.add(metadata.uid ?? '');
    if (blockers.length === 0) await this.#dropFinalizer(node, FOREGROUND, signal);
  }

  async #orphanDependents(node: GraphNode, signal: AbortSignal): Promise<void> {
    const { uid = '' } = node.metadata;
    await Promise.all(this.#graph.dependentsOf(uid).map((dependent) => this.#setOwners(dependent, (dependent.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid), signal)));
    await this.#dropFinalizer(node, ORPHAN, signal);
  }

  #setOwners(node: GraphNode, owners: readonly OwnerReference[], signal: AbortSignal): Promise<void> {
    return this.#patchMetadata(node, { ownerReferences: owners.length === 0 ? null : owners }, signal);
  }

  #dropFinalizer(node: GraphNode, finalizer: string, signal: AbortSignal): Promise<void> {
    const left = (node.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    return this.#patchMetadata(node, { finalizers: left.length === 0 ? null : left }, signal);
  }

  async #patchMetadata({ resource, metadata: { name, namespace, uid, resourceVersion } }: GraphNode, fields: object, signal: AbortSignal): Promise<void> {
    try {
      await this.#runtime.client.patch(resource, { name, namespace }, { type: 'merge', body: { metadata: { uid, resourceVersion, ...fields } } }, { signal });
    } catch (error) { if (!isNotFound(error)) throw error; }
  }
}

export function idOf({ group, resource }: ResourceRef): string { return `${resource}.${group}`; }
