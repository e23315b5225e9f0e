import { isConflict, isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { errorMessage, isAbortError, TaskGroup } from '@kubernode/base';
import { WorkQueue } from '@kubernode/client';
import type { Runtime } from '@kubernode/controller';
import { emptyNamespace } from './empty-namespace.ts';

type Namespace = Readonly<coreV1.Namespace>;
type Dependencies = Pick<Runtime, 'client' | 'informers' | 'clock' | 'logger' | 'metrics'>;

/** The mark in `spec.finalizers` that this controller takes away. */
const FINALIZER = 'kubernetes';
/** Before a namespace may go, ms since this controller saw that it shall: API servers that hear of it late may still let something be made in it. */
const SETTLE_MS = 1000;
/** The first looks at what takes time come quickly, later ones at Kubernetes' pace. */
const RETRY_DELAY_MS = 100;
const RETRY_DELAY_MAX_MS = 60_000;

const { namespaces, pods } = coreV1Resources;

/** Empties namespaces that are being deleted, of whatever the cluster serves, then lets them go. */
export async function runNamespaceController(dependencies: Dependencies, { workers }: { workers: number }, signal: AbortSignal): Promise<void> {
  const { informers, clock, metrics } = dependencies;
  const queue = new WorkQueue({ name: 'namespace', clock, metrics, retryDelayMs: RETRY_DELAY_MS, retryDelayMaxMs: RETRY_DELAY_MAX_MS });
  const informer = informers.informer(namespaces);
  const podInformer = informers.informer(pods);
  await informer.synced(signal);
  const isDeleted = (key: string): boolean => informer.lister.get(key)?.metadata.deletionTimestamp !== undefined;
  using _namespaces = informer.onChange(({ key, object }) => { if (object?.metadata.deletionTimestamp !== undefined) queue.add(key); });
  using _pods = podInformer.onChange(({ object, previous }) => { // the last pod is gone: all else can go
    const { namespace = '' } = previous?.metadata ?? {};
    if (object === undefined && isDeleted(namespace) && podInformer.lister.inNamespace(namespace).length === 0) queue.add(namespace);
  });
  const loop = new NamespaceLoop(dependencies, queue);
  const group = new TaskGroup(signal);
  for (let i = 0; i < workers; i++) group.spawn((inner) => loop.work(inner));
  try { await group.done(); } finally { queue.clear(); }
}

class NamespaceLoop {
  readonly #deps: Dependencies;
  readonly #queue: WorkQueue;
  readonly #sinceMs = new Map<string, number>(); // by uid: when a deleted namespace was first looked at

  constructor(dependencies: Dependencies, queue: WorkQueue) {
    this.#deps = dependencies;
    this.#queue = queue;
  }

  async work(signal: AbortSignal): Promise<void> {
    const { logger } = this.#deps;
    for (;;) {
      const key = await this.#queue.get(signal);
      try {
        const again = await this.#sync(key, signal);
        if (again?.withinMs === undefined) this.#queue.forget(key);
        else this.#queue.addRateLimited(key, { maxMs: again.withinMs });
        if (again?.afterMs !== undefined) this.#queue.addAfter(key, again.afterMs);
      } catch (error) {
        if (isAbortError(error) && signal.aborted) throw error;
        if (!isConflict(error)) logger.warn('namespace not emptied', { namespace: key, error: errorMessage(error) });
        this.#queue.addRateLimited(key);
      } finally { this.#queue.done(key); }
    }
  }

  /** When to look again: in good time before `withinMs`, or after `afterMs` precisely; undefined when nothing is left to do. */
  async #sync(name: string, signal: AbortSignal): Promise<{ withinMs?: number; afterMs?: number } | undefined> {
    const { client, clock } = this.#deps;
    const namespace = await client.get(namespaces, { name }, { signal }).catch(unlessGone);
    const uid = namespace?.metadata.uid ?? '';
    if (namespace?.metadata.deletionTimestamp === undefined || (namespace.spec?.finalizers ?? []).length === 0) { this.#sinceMs.delete(uid); return undefined; }
    const sinceMs = this.#sinceMs.get(uid) ?? clock.monotonicNow();
    this.#sinceMs.set(uid, sinceMs);
    const pass = await emptyNamespace(namespace, { client, signal, now: () => clock.now() });
    if (!pass.clean) return { withinMs: pass.estimateSeconds > 0 ? (Math.floor(pass.estimateSeconds / 2) + 1) * 1000 : RETRY_DELAY_MAX_MS };
    const settlingMs = sinceMs + SETTLE_MS - clock.monotonicNow();
    if (settlingMs > 0) return { afterMs: settlingMs };
    await this.#finalize(pass.namespace, signal);
    this.#sinceMs.delete(uid);
    return undefined;
  }

  async #finalize(namespace: Namespace, signal: AbortSignal): Promise<void> {
    const { finalizers = [] } = namespace.spec ?? {};
    if (!finalizers.includes(FINALIZER)) return; // others keep it
    const finalized = { ...namespace, spec: { finalizers: finalizers.filter((one) => one !== FINALIZER) } };
    await this.#deps.client.update(namespaces, finalized, { signal, subresource: 'finalize' }).catch(unlessGone);
  }
}

function unlessGone(error: unknown): undefined { if (!isNotFound(error)) throw error; }
