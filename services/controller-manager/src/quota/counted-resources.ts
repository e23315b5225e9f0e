import type { KubeObject } from '@kubernode/apimachinery';
import { apiextensionsV1Resources, coreV1Resources, resourceV1Resources, type ResourceRef } from '@kubernode/api';
import { errorMessage, isAbortError, linkSignals } from '@kubernode/base';
import type { InformerChange, VersionedInformer } from '@kubernode/client';
import type { Runtime } from '@kubernode/controller';
import { countName, isQuotable, quotaEvaluators, type CountedObjects, type Evaluator, type QuotaEvaluators } from '@kubernode/quota';
import { discoverResources, type DiscoveredResource } from '../discovered-resources.ts';
import { noticedUsage } from './noticed-usage.ts';
import { OverduePods } from './overdue-pods.ts';
import type { ListedObjects } from './settled-usage.ts';

type Change = InformerChange<KubeObject>;

export interface CountedResourcesOptions {
  /** Whether somebody reads the objects in full anyway. */
  isReadInFull(resource: ResourceRef): boolean;
  /** Told of every change of an object that may be counted, and of the time by which to count what it became. */
  onChange(evaluator: Evaluator, change: Change, nowMs: number): void;
  /** Told of what can be counted from now on. */
  onFound(evaluator: Evaluator): void;
}

const { pods: PODS } = coreV1Resources;
const { resourceclaims: CLAIMS, deviceclasses: DEVICE_CLASSES } = resourceV1Resources;

/** How often to ask what the cluster serves; a change of a custom resource's definition is seen at once. */
const DISCOVERY_MS = 30_000;
const FIRST_DISCOVERY_RETRY_MS = 1000;
/** A new definition is served only when its names are accepted. */
const AFTER_DEFINITION_MS = 1000;
const VERBS = ['create', 'list', 'watch', 'delete'];
const PAGE_SIZE = 500;

interface Counted { resource: ResourceRef<KubeObject>; selector: { metadataOnly?: boolean }; evaluator: Evaluator; informer: VersionedInformer<KubeObject>; listener: Disposable }

/** Every resource that the cluster serves and quotas may limit, with its objects. */
export class CountedResources implements Disposable {
  readonly #runtime: Runtime;
  readonly #options: CountedResourcesOptions;
  readonly #evaluators: QuotaEvaluators;
  readonly #overdue: OverduePods;
  readonly #counted = new Map<string, Counted>();

  constructor(runtime: Runtime, options: CountedResourcesOptions) {
    const { informers, clock } = runtime;
    this.#runtime = runtime;
    this.#options = options;
    this.#overdue = new OverduePods(clock);
    this.#evaluators = quotaEvaluators({
      deviceClasses: () => informers.informer(DEVICE_CLASSES).lister.list(),
      pod: (namespace, name) => informers.informer(PODS).lister.get(`${namespace}/${name}`),
      deviceClaims: (namespace) => informers.informer(CLAIMS).lister.inNamespace(namespace),
    });
  }

  /** Whether somebody counts under that name. */
  counts(name: string): boolean {
    for (const { evaluator } of this.#counted.values()) if (evaluator.counts(name)) return true;
    return false;
  }

  objectsIn(namespace: string): CountedObjects[] {
    return [...this.#counted.values()].map(({ evaluator, informer }) => ({ evaluator, objects: () => (informer.hasSynced ? informer.lister.inNamespace(namespace) : undefined) }));
  }

  /** The objects that count under some of the names, as new as what was written before the call. */
  async listIn(namespace: string, names: readonly string[], signal: AbortSignal): Promise<ListedObjects[]> {
    const concerned = [...this.#counted.values()].filter(({ evaluator }) => names.some((name) => evaluator.counts(name)));
    const listed = await Promise.all(concerned.map((one) => this.#list(one, namespace, signal)));
    return concerned.map(({ evaluator, informer }, i) => ({ evaluator, listed: listed[i] ?? [], shown: informer.lister.inNamespace(namespace) }));
  }

  /** Looks for pods that are overdue by now, and tells of each as of one that ended. */
  noticeOverdue(namespace: string): void {
    const pods = this.#counted.get(countName(PODS));
    if (pods === undefined) return;
    for (const pod of pods.informer.lister.inNamespace(namespace)) {
      if (pod.metadata.deletionTimestamp === undefined || !this.#overdue.isDue(pod)) continue;
      this.#options.onChange(pods.evaluator, { key: `${namespace}/${pod.metadata.name}`, object: pod, previous: pod }, Infinity);
      this.#overdue.mark(pod);
    }
  }

  /** A quota that was counted before it is known what there is to count would say nothing of most of it. */
  async discoverFirst(signal: AbortSignal): Promise<void> {
    while (!await this.#discover(signal)) await this.#runtime.clock.sleep(FIRST_DISCOVERY_RETRY_MS, { signal });
  }

  async keepDiscovering(signal: AbortSignal): Promise<void> {
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

  [Symbol.dispose](): void { for (const { listener } of this.#counted.values()) listener[Symbol.dispose](); }

  async #discover(signal: AbortSignal): Promise<boolean> {
    const { client, logger } = this.#runtime;
    try {
      const { resources } = await discoverResources(client, signal);
      for (const one of resources) if (one.namespaced && isQuotable(one) && VERBS.every((verb) => one.verbs.includes(verb))) this.#count(one);
      return true;
    } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      logger.warn('discovery failed', { error: errorMessage(error) });
      return false;
    }
  }

  /** What was served once is kept: its objects may be away with their server for a while. When it comes back, its informer may be another one. */
  #count(found: DiscoveredResource): void {
    const id = countName(found);
    const resource = found as ResourceRef<KubeObject>; // every object has metadata
    const selector = this.#options.isReadInFull(found) ? {} : { metadataOnly: true };
    const { informers, clock } = this.#runtime;
    const informer = informers.informer(resource, selector);
    const known = this.#counted.get(id);
    if (known?.informer === informer) return;
    known?.listener[Symbol.dispose]();
    const evaluator = known?.evaluator ?? this.#evaluatorOf(found);
    const listener = informer.onChange((change) => {
      this.#options.onChange(evaluator, change, clock.now());
      if (id === countName(PODS)) this.#overdue.observe(change);
    });
    this.#counted.set(id, { resource, selector, evaluator, informer, listener });
    this.#options.onFound(evaluator);
  }

  #evaluatorOf(resource: DiscoveredResource): Evaluator {
    const evaluator = this.#evaluators.of(resource);
    return countName(resource) === countName(CLAIMS) ? evaluator : noticedUsage(evaluator, (object) => this.#overdue.has(object)); // what claims cost depends on more than themselves
  }

  async #list({ resource, selector }: Counted, namespace: string, signal: AbortSignal): Promise<KubeObject[]> {
    const objects: KubeObject[] = [];
    let from: string | undefined;
    do {
      const page = await this.#runtime.client.list(resource, { ...selector, namespace, limit: PAGE_SIZE, signal, ...(from !== undefined && { continue: from }) });
      objects.push(...page.items);
      from = page.metadata.continue === '' ? undefined : page.metadata.continue;
    } while (from !== undefined);
    return objects;
  }
}
