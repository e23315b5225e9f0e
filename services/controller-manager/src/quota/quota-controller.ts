import { isConflict, isNotFound, type KubeObject, type ObjectMeta } from '@kubernode/apimachinery';
import { apiextensionsV1Resources, coreV1Resources, resourceV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { errorMessage, isAbortError, linkSignals, TaskGroup, whenAborted } from '@kubernode/base';
import { WorkQueue, type VersionedInformer } from '@kubernode/client';
import type { Runtime } from '@kubernode/controller';
import { calculateUsage, countName, isQuotable, quotaEvaluators, type CountedObjects, type Evaluator, type QuotaEvaluators } from '@kubernode/quota';
import { discoverResources, type DiscoveredResource } from '../discovered-resources.ts';
import { freesQuota } from './frees-quota.ts';
import { isUrgent, nextStatus, sameAmounts } from './quota-status.ts';
import { rememberUsage } from './remembered-usage.ts';

export interface QuotaControllerOptions {
  /** Whether somebody reads the objects in full anyway. */
  isReadInFull(resource: ResourceRef): boolean;
  workers: number;
  /** How often everything is counted anew; 0: never. */
  resyncMs: number;
}

const { resourcequotas: QUOTAS, pods: PODS, services, persistentvolumeclaims } = coreV1Resources;
const { resourceclaims: CLAIMS, deviceclasses: DEVICE_CLASSES } = resourceV1Resources;
/** What the controller reads in full. Of everything else it counts metadata. */
export const quotaReads: readonly ResourceRef[] = [QUOTAS, PODS, services, persistentvolumeclaims, CLAIMS, DEVICE_CLASSES];

/** How often to ask what the cluster serves; a change of a custom resource's definition is seen at once. */
const DISCOVERY_MS = 30_000;
const FIRST_DISCOVERY_RETRY_MS = 1000;
/** A new definition is served only when its names are accepted. */
const AFTER_DEFINITION_MS = 1000;
const VERBS = ['create', 'list', 'watch', 'delete'];

interface Watched { evaluator: Evaluator; informer: VersionedInformer<KubeObject>; listener: Disposable }

/**
 * Keeps the status of ResourceQuotas: what the objects of their namespaces use, of every resource that the cluster serves. The API server
 * charges what is created; here is counted what is new to a quota, what objects leave behind, and now and then everything.
 */
export class QuotaController {
  readonly #runtime: Runtime;
  readonly #options: QuotaControllerOptions;
  readonly #evaluators: QuotaEvaluators;
  /** Quotas of which too little is known have workers of their own: nothing is let in until they are counted. */
  readonly #urgent: WorkQueue;
  readonly #others: WorkQueue;
  readonly #watched = new Map<string, Watched>();

  constructor(runtime: Runtime, options: QuotaControllerOptions) {
    const { informers, clock, metrics } = runtime;
    this.#runtime = runtime;
    this.#options = options;
    this.#evaluators = quotaEvaluators({
      deviceClasses: () => informers.informer(DEVICE_CLASSES).lister.list(),
      pod: (namespace, name) => informers.informer(PODS).lister.get(`${namespace}/${name}`),
      deviceClaims: (namespace) => informers.informer(CLAIMS).lister.inNamespace(namespace),
    });
    this.#urgent = new WorkQueue({ name: 'resourcequota_priority', clock, metrics });
    this.#others = new WorkQueue({ name: 'resourcequota_primary', clock, metrics });
  }

  async run(signal: AbortSignal): Promise<void> {
    const quotas = this.#runtime.informers.informer(QUOTAS);
    await quotas.synced(signal);
    await this.#discoverFirst(signal);
    using _quotas = quotas.onChange(({ key, object, previous }) => { if (object !== undefined) this.#quotaChanged(key, object, previous); });
    const group = new TaskGroup(signal);
    group.spawn((inner) => this.#keepDiscovering(inner));
    group.spawn((inner) => this.#keepRecounting(inner));
    for (let i = 0; i < this.#options.workers; i++) for (const queue of [this.#urgent, this.#others]) group.spawn((inner) => this.#work(queue, inner));
    try { await group.done(); } finally {
      this.#urgent.clear();
      this.#others.clear();
      for (const { listener } of this.#watched.values()) listener[Symbol.dispose]();
    }
  }

  /** Only what is limited: status changes with every charge, and is the API server's business. */
  #quotaChanged(key: string, quota: Readonly<coreV1.ResourceQuota>, previous: Readonly<coreV1.ResourceQuota> | undefined): void {
    if (previous !== undefined && previous.metadata.uid === quota.metadata.uid && sameAmounts(quota.spec?.hard, previous.spec?.hard)) return;
    const isCounted = (name: string): boolean => [...this.#watched.values()].some(({ evaluator }) => evaluator.counts(name));
    (isUrgent(quota, isCounted) ? this.#urgent : this.#others).add(key);
  }

  async #keepRecounting(signal: AbortSignal): Promise<void> {
    const { informers, clock } = this.#runtime;
    const { resyncMs } = this.#options;
    if (resyncMs === 0) return whenAborted(signal);
    for (;;) {
      await clock.sleep(resyncMs, { signal });
      for (const { metadata: { namespace = '', name } } of informers.informer(QUOTAS).lister.list()) this.#others.add(`${namespace}/${name}`);
    }
  }

  /** A quota that was counted before it is known what there is to count would say nothing of most of it. */
  async #discoverFirst(signal: AbortSignal): Promise<void> {
    while (!await this.#discover(signal)) await this.#runtime.clock.sleep(FIRST_DISCOVERY_RETRY_MS, { signal });
  }

  async #keepDiscovering(signal: AbortSignal): Promise<void> {
    const { clock, informers } = this.#runtime;
    let wake: AbortController | undefined;
    using _definitions = informers.informer(apiextensionsV1Resources.customresourcedefinitions, { metadataOnly: true }).onChange(() => { wake?.abort(); });
    for (;;) {
      using waiting = linkSignals(signal);
      wake = waiting;
      await clock.sleep(DISCOVERY_MS, { signal: waiting.signal }).catch(() => { signal.throwIfAborted(); }); // woken
      if (waiting.signal.aborted) await clock.sleep(AFTER_DEFINITION_MS, { signal });
      await this.#discover(signal);
    }
  }

  async #discover(signal: AbortSignal): Promise<boolean> {
    const { client, logger } = this.#runtime;
    try {
      const { resources } = await discoverResources(client, signal);
      for (const one of resources) if (one.namespaced && isQuotable(one) && VERBS.every((verb) => one.verbs.includes(verb))) this.#watch(one);
      return true;
    } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      logger.warn('discovery failed', { error: errorMessage(error) });
      return false;
    }
  }

  /** What was served once is kept: its objects may be away with their server for a while. When it comes back, its informer may be another one. */
  #watch(resource: DiscoveredResource): void {
    const { informers, clock } = this.#runtime;
    const id = countName(resource);
    const informer = informers.informer(resource as ResourceRef<KubeObject>, this.#options.isReadInFull(resource) ? {} : { metadataOnly: true }); // every object has metadata
    const known = this.#watched.get(id);
    if (known?.informer === informer) return;
    known?.listener[Symbol.dispose]();
    const evaluator = known?.evaluator ?? this.#evaluatorOf(resource);
    const listener = informer.onChange((change) => { if (freesQuota(resource, change, clock.now())) this.#freed(evaluator, (change.object ?? change.previous)?.metadata); });
    this.#watched.set(id, { evaluator, informer, listener });
    for (const namespace of this.#namespacesWithQuotas()) this.#freed(evaluator, { namespace });
  }

  #evaluatorOf(resource: DiscoveredResource): Evaluator {
    const evaluator = this.#evaluators.of(resource);
    return countName(resource) === countName(CLAIMS) ? evaluator : rememberUsage(evaluator); // what claims cost depends on more than themselves
  }

  #namespacesWithQuotas(): ReadonlySet<string> {
    return new Set(this.#runtime.informers.informer(QUOTAS).lister.list().map(({ metadata: { namespace = '' } }) => namespace));
  }

  #freed(evaluator: Evaluator, { namespace = '' }: Pick<ObjectMeta, 'namespace'> = {}): void {
    for (const { metadata: { name }, status } of this.#runtime.informers.informer(QUOTAS).lister.inNamespace(namespace)) {
      if (Object.keys(status?.hard ?? {}).some((limited) => evaluator.counts(limited))) this.#others.add(`${namespace}/${name}`);
    }
  }

  async #work(queue: WorkQueue, signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await queue.get(signal);
      try {
        const unknown = await this.#recount(key, signal);
        if (unknown.length === 0) queue.forget(key);
        else {
          this.#runtime.logger.debug('quota counted in part', { key, unknown });
          queue.addRateLimited(key);
        }
      } catch (error) {
        if (isAbortError(error) && signal.aborted) throw error;
        this.#runtime.logger[isConflict(error) || isNotFound(error) ? 'debug' : 'warn']('quota not counted', { key, error: errorMessage(error) });
        queue.addRateLimited(key);
      } finally { queue.done(key); }
    }
  }

  /** Resolves with the names of which nothing can be said yet. */
  async #recount(key: string, signal: AbortSignal): Promise<readonly string[]> {
    const { informers, client, clock } = this.#runtime;
    const quota = informers.informer(QUOTAS).lister.get(key);
    if (quota === undefined) return [];
    const { used, unknown } = calculateUsage(quota, this.#objectsIn(quota.metadata.namespace ?? ''), clock.now());
    const status = nextStatus(quota, used);
    if (status !== undefined) await client.update(QUOTAS, { ...quota, status }, { subresource: 'status', signal });
    return [...unknown];
  }

  #objectsIn(namespace: string): CountedObjects[] {
    return [...this.#watched.values()].map(({ evaluator, informer }) => ({ evaluator, objects: () => (informer.hasSynced ? informer.lister.inNamespace(namespace) : undefined) }));
  }
}
