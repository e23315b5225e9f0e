import { isConflict, isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, resourceV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { errorMessage, isAbortError, KeyedSequencer, TaskGroup, whenAborted } from '@kubernode/base';
import { WorkQueue } from '@kubernode/client';
import type { Runtime } from '@kubernode/controller';
import { calculateUsage, limitsOf, type Evaluator, type Usage } from '@kubernode/quota';
import { CountedResources, type CountedResourcesOptions } from './counted-resources.ts';
import { costChange } from './cost-change.ts';
import { QuotaAccounts, SETTLED_MS } from './quota-accounts.ts';
import { isUrgent, newNames, nextStatus, sameAmounts, surplusNames } from './quota-status.ts';
import { settledUsage } from './settled-usage.ts';
import { writeStatus } from './write-status.ts';

type Quota = Readonly<coreV1.ResourceQuota>;

export interface QuotaControllerOptions extends Pick<CountedResourcesOptions, 'isReadInFull'> {
  workers: number;
  /** How often everything is counted anew; 0: never. */
  resyncMs: number;
}

const { resourcequotas: QUOTAS, pods, services, persistentvolumeclaims } = coreV1Resources;
const { resourceclaims, deviceclasses } = resourceV1Resources;
/** What the controller reads in full. Of everything else it counts metadata. */
export const quotaReads: readonly ResourceRef[] = [QUOTAS, pods, services, persistentvolumeclaims, resourceclaims, deviceclasses];

/** How often a status is worked out anew at once when somebody else was faster. */
const RACES_MAX = 10;

/**
 * Keeps the status of ResourceQuotas: what the objects of their namespaces use, of every resource that the cluster serves.
 *
 * The API server charges what is created before it is there, so what was counted is never the truth while writes are under way, and no quota
 * may be exceeded. Hence: what is deleted, ends or shrinks is given back at once, as the amount that it cost; what shows and was not charged
 * is added at once; and what was charged without ever becoming an object is only given back when the quota has been left alone for so long that
 * no write can be under way, by a list of the objects themselves. Whatever is not known for sure stays charged until then.
 */
export class QuotaController {
  readonly #runtime: Runtime;
  readonly #options: QuotaControllerOptions;
  readonly #resources: CountedResources;
  readonly #accounts: QuotaAccounts;
  readonly #inTurn = new KeyedSequencer<string>();
  /** Quotas of which too little is known have workers of their own: nothing is let in until they are counted. */
  readonly #urgent: WorkQueue;
  readonly #others: WorkQueue;

  constructor(runtime: Runtime, options: QuotaControllerOptions) {
    const { clock, metrics } = runtime;
    this.#runtime = runtime;
    this.#options = options;
    this.#accounts = new QuotaAccounts(clock);
    this.#resources = new CountedResources(runtime, {
      isReadInFull: options.isReadInFull,
      onChange: (evaluator, change, nowMs) => { this.#objectChanged(evaluator, change, nowMs); },
      onFound: (evaluator) => { this.#recount(evaluator); },
    });
    this.#urgent = new WorkQueue({ name: 'resourcequota_priority', clock, metrics });
    this.#others = new WorkQueue({ name: 'resourcequota_primary', clock, metrics });
  }

  async run(signal: AbortSignal): Promise<void> {
    const quotas = this.#runtime.informers.informer(QUOTAS);
    await quotas.synced(signal);
    using _accounts = quotas.onChange(({ key, object }) => { this.#observe(key, object); });
    using resources = this.#resources;
    await resources.discoverFirst(signal);
    using _limits = quotas.onChange(({ key, object, previous }) => { if (object !== undefined) this.#limitsChanged(key, object, previous); });
    const group = new TaskGroup(signal);
    group.spawn((inner) => resources.keepDiscovering(inner));
    group.spawn((inner) => this.#keepRecounting(inner));
    for (let i = 0; i < this.#options.workers; i++) for (const queue of [this.#urgent, this.#others]) group.spawn((inner) => this.#work(queue, inner));
    try { await group.done(); } finally {
      this.#urgent.clear();
      this.#others.clear();
    }
  }

  /** Whatever others wrote may be a charge of which nothing comes: it is looked at again when that is certain. */
  #observe(key: string, quota: Quota | undefined): void {
    if (quota === undefined) this.#accounts.forget(key);
    else if (this.#accounts.observe(key, quota)) this.#others.addAfter(key, SETTLED_MS);
  }

  #limitsChanged(key: string, quota: Quota, previous: Quota | undefined): void {
    if (previous !== undefined && previous.metadata.uid === quota.metadata.uid && sameAmounts(quota.spec?.hard, previous.spec?.hard)) return;
    (isUrgent(quota, (name) => this.#resources.counts(name)) ? this.#urgent : this.#others).add(key);
  }

  #objectChanged(evaluator: Evaluator, change: Parameters<CountedResourcesOptions['onChange']>[1], nowMs: number): void {
    const { namespace = '' } = (change.object ?? change.previous)?.metadata ?? {};
    for (const quota of this.#quotasIn(namespace)) {
      const limits = limitsOf(quota);
      if (!limits.names.some((name) => evaluator.counts(name))) continue;
      const key = `${namespace}/${quota.metadata.name}`;
      const { released, grew } = costChange(limits, evaluator, change, nowMs);
      if (released.size > 0) this.#accounts.release(key, released);
      if (released.size > 0 || (grew && (change.previous !== undefined || this.#accounts.isStarting(key)))) this.#others.add(key); // what is created is charged, but for what comes late from before the quota
    }
  }

  #recount(evaluator: Evaluator): void {
    for (const quota of this.#runtime.informers.informer(QUOTAS).lister.list()) {
      if (limitsOf(quota).names.some((name) => evaluator.counts(name))) this.#others.add(keyOf(quota));
    }
  }

  async #keepRecounting(signal: AbortSignal): Promise<void> {
    const { informers, clock } = this.#runtime;
    const { resyncMs } = this.#options;
    if (resyncMs === 0) return whenAborted(signal);
    for (;;) {
      await clock.sleep(resyncMs, { signal });
      for (const quota of informers.informer(QUOTAS).lister.list()) this.#others.add(keyOf(quota));
    }
  }

  #quotasIn(namespace: string): readonly Quota[] { return this.#runtime.informers.informer(QUOTAS).lister.inNamespace(namespace); }

  async #work(queue: WorkQueue, signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await queue.get(signal);
      try {
        const unknown = await this.#inTurn.run(key, () => this.#keep(key, signal)); // both queues may have it
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

  /** Brings a quota's status up to date. Resolves with the names of which nothing can be said yet. */
  async #keep(key: string, signal: AbortSignal): Promise<readonly string[]> {
    let quota: Quota | undefined = this.#runtime.informers.informer(QUOTAS).lister.get(key);
    for (let race = 0; quota !== undefined && race < RACES_MAX; race++) {
      this.#resources.noticeOverdue(quota.metadata.namespace ?? '');
      const { used: counted, unknown } = calculateUsage(quota, this.#resources.objectsIn(quota.metadata.namespace ?? ''), this.#runtime.clock.now());
      const kept: Quota | undefined = await this.#write(key, quota, { counted, isNewest: race > 0, signal });
      if (kept !== undefined) {
        const surplus = surplusNames(kept, counted);
        if (surplus.length > 0) await this.#settle(key, kept, surplus, signal);
        return [...unknown];
      }
      quota = await this.#read(key, signal);
    }
    if (quota !== undefined) this.#others.addRateLimited(key);
    return [];
  }

  /** One attempt to write down what was counted, and what was given back until then. Resolves with the quota as it is now; undefined when it was another one. */
  async #write(key: string, quota: Quota, { counted, isNewest, signal }: { counted: Usage; isNewest: boolean; signal: AbortSignal }): Promise<Quota | undefined> {
    const { client, clock } = this.#runtime;
    const released = this.#accounts.take(key); // `counted` is without it already
    const status = nextStatus(quota, { counted, released });
    if (status === undefined) {
      if (released.size === 0 || isNewest) return quota;
      this.#accounts.release(key, released); // it cannot be said of an old state that nothing is to be done
      return undefined;
    }
    if (newNames(quota).length > 0) this.#accounts.started(key);
    const written = await writeStatus(client, quota, status, { clock, signal }).catch((error: unknown) => {
      this.#accounts.release(key, released);
      throw error;
    });
    if (written === 'unknown') throw new Error('it is not known whether a status was written'); // what was released may have been given back: it is not again
    if (written === 'conflict') {
      this.#accounts.release(key, released);
      return undefined;
    }
    this.#accounts.wrote(key, quota, written);
    return written;
  }

  /** Gives back what was charged and is not there: writes that failed, and deletions while nobody looked. Only when nothing can be under way. */
  async #settle(key: string, quota: Quota, names: readonly string[], signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#runtime;
    const waitMs = this.#accounts.settlesInMs(key, quota);
    if (waitMs > 0) { this.#others.addAfter(key, waitMs); return; }
    const objects = await this.#resources.listIn(quota.metadata.namespace ?? '', names, signal);
    if (this.#accounts.hasReleased(key)) return; // something went meanwhile, which has brought the key back
    const settled = settledUsage({ ...limitsOf(quota), names }, objects, clock.now());
    const status = nextStatus(quota, { counted: new Map(), settled });
    if (status === undefined) return;
    const written = await writeStatus(client, quota, status, { clock, signal });
    if (written === 'conflict' || written === 'unknown') this.#others.addAfter(key, SETTLED_MS);
    else this.#accounts.wrote(key, quota, written);
  }

  async #read(key: string, signal: AbortSignal): Promise<Quota | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const quota = await this.#runtime.client.get(QUOTAS, { namespace, name }, { signal });
    this.#accounts.observe(key, quota);
    return quota;
  }
}

function keyOf({ metadata: { namespace = '', name } }: Quota): string { return `${namespace}/${name}`; }
