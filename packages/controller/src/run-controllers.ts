import { isConflict, isNotFound, StatusError, type ObjectMeta } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { errorMessage, isAbortError, TaskGroup, type Clock } from '@kubernode/base';
import { keyOf, WorkQueue, type Client, type EventRecorder, type InformerFactory, type Lane, type VersionedInformer, type WorkQueueMetrics } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { Span, Tracer } from '@kubernode/tracing';
import type { Plan } from './action.ts';
import { TryAgain, type Controller, type Listers, type Look, type Watch } from './controller.ts';
import { Expectations, type SeenSoFar } from './expectations.ts';
import { perform } from './perform.ts';

export interface ControllerDependencies {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  logger: Logger;
  /** The recorder of a component's events. */
  recorder(component: string): EventRecorder;
  metrics?: WorkQueueMetrics | undefined;
  /** Undefined where nothing is traced. */
  tracer?: Tracer | undefined;
}

const WORKERS = 5;
/** How soon to look again for the loop's own writes, should their event not bring the key back by itself. */
const UNSEEN_RECHECK_MS = 500;

/** Registers what the controllers watch, so that informers fill before the lead is won. */
export function prepareControllers(controllers: readonly Controller[], { informers }: Pick<ControllerDependencies, 'informers'>): void {
  for (const { watches } of controllers) for (const { resource, selector, indexes } of watches) informers.informer(resource, { ...selector, ...(indexes && { indexes }) });
}

/**
 * Runs the controllers until aborted; rejects with the first one's broken invariant. The informer factory must run. Each begins when what it watches
 * itself is known: one whose resource does not answer keeps none of the others waiting.
 */
export async function runControllers(controllers: readonly Controller[], dependencies: ControllerDependencies, signal: AbortSignal): Promise<void> {
  prepareControllers(controllers, dependencies);
  const group = new TaskGroup(signal);
  for (const one of controllers) group.spawn((inner) => runController(one, dependencies, inner));
  await group.done();
}

async function runController(controller: Controller, dependencies: ControllerDependencies, signal: AbortSignal): Promise<void> {
  const { informers, clock, metrics } = dependencies;
  const queue = new WorkQueue({ ...controller.retry, name: controller.name, clock, metrics });
  const informerOf = <T>(resource: ResourceRef<T>): VersionedInformer<T> => informers.informer(resource, controller.watches.find((one) => sameResource(one.resource, resource))?.selector);
  const listers: Listers = { of: (resource) => informerOf(resource).lister, seenUpTo: (resource) => Number(informerOf(resource).resourceVersion) };
  await Promise.all(controller.watches.map(({ resource }) => informerOf(resource).synced(signal)));
  using links = new Links();
  for (const { resource, keys, batchMs } of controller.watches) {
    let lane: Lane = 'low'; // a listener first hears of all that is there: a leader that starts must not be late for what happens now
    links.use(informerOf(resource).onChange((change) => {
      const waitMs = batchMs?.(change) ?? 0;
      for (const key of keys(change, listers)) {
        if (waitMs > 0) queue.addAfter(key, waitMs);
        else queue.add(key, lane);
      }
    }));
    lane = 'normal';
  }
  const changed = controller.follow?.(() => { for (const one of controller.watches) for (const key of keysOfAll(one, informerOf(one.resource), listers)) queue.add(key, 'low'); });
  if (changed !== undefined) links.use(changed);
  const loop = new Loop(controller, { ...dependencies, informerOf, listers, queue });
  const group = new TaskGroup(signal);
  for (let i = 0; i < (controller.workers ?? WORKERS); i++) group.spawn((inner) => loop.work(inner));
  try { await group.done(); } finally { queue.clear(); }
}

/** As if the informer told of all that is there once more. */
function* keysOfAll({ keys }: Watch, { lister }: VersionedInformer<unknown>, listers: Listers): Generator<string> {
  for (const object of lister.list() as readonly Readonly<{ metadata: ObjectMeta }>[]) yield* keys({ key: keyOf(object), object, previous: object }, listers); // objects of a resource have metadata
}

/** Disposes what it was given, last first. */
class Links implements Disposable {
  readonly #items: Disposable[] = [];
  use(item: Disposable): void { this.#items.push(item); }
  [Symbol.dispose](): void { for (const item of this.#items.reverse()) item[Symbol.dispose](); }
}

interface LoopDependencies extends ControllerDependencies { informerOf<T>(resource: ResourceRef<T>): VersionedInformer<T>; listers: Listers; queue: WorkQueue }

/** One controller's workers, with what they share. */
class Loop {
  readonly #controller: Controller;
  readonly #deps: LoopDependencies;
  readonly #logger: Logger;
  readonly #expectations = new Expectations();

  constructor(controller: Controller, dependencies: LoopDependencies) {
    this.#controller = controller;
    this.#deps = dependencies;
    this.#logger = dependencies.logger.child({ controller: controller.name });
  }

  async work(signal: AbortSignal): Promise<void> {
    const { queue } = this.#deps;
    for (;;) {
      const key = await queue.get(signal);
      try { await this.#reconcile(key, signal); } catch (error) {
        if (isAbortError(error) && signal.aborted) throw error;
        const expected = error instanceof TryAgain || isConflict(error) || isNotFound(error) || isNamespaceTerminating(error);
        this.#logger[expected ? 'debug' : 'warn']('reconcile failed', { key, error: errorMessage(error) });
        queue.addRateLimited(key);
      } finally { queue.done(key); }
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { clock, queue, listers, tracer } = this.#deps;
    if (!this.#expectations.satisfied(key, clock.monotonicNow())) { queue.addAfter(key, UNSEEN_RECHECK_MS); return; }
    const known = this.#controller.read(key, listers);
    if (known === undefined) { queue.forget(key); return; }
    const startedMs = clock.monotonicNow();
    const look: Look<unknown> = { snapshot: known, seconds: 0 };
    const span = tracer?.begin(`Sync ${this.#controller.name}`, { attributes: { controller: this.#controller.name, key } });
    let plan: Plan;
    try { plan = await this.#carryOut(key, look, { span, signal }); } catch (error) { look.error = error; throw error; } finally {
      span?.end(look.error === undefined ? {} : { error: errorMessage(look.error) });
      look.seconds = (clock.monotonicNow() - startedMs) / 1000;
      this.#controller.onLook?.(look);
    }
    const { againAfterMs, tryAgain } = plan;
    if (tryAgain === true) queue.addRateLimited(key);
    else queue.forget(key);
    if (againAfterMs !== undefined) queue.addAfter(key, Math.max(againAfterMs, 1));
  }

  /** Asks, decides and acts; `look` gets the snapshot that was decided on. */
  async #carryOut(key: string, look: Look<unknown>, { span, signal }: { span: Span | undefined; signal: AbortSignal }): Promise<Plan> {
    const { clock, client: plain, recorder } = this.#deps;
    const client = span === undefined ? plain : plain.traced?.(span.traceparent) ?? plain;
    if (this.#controller.ask !== undefined) look.snapshot = await this.#controller.ask(look.snapshot, { client, signal });
    const plan = this.#controller.reconcile(look.snapshot, clock.now());
    await perform(plan.actions, {
      client, signal, recorder: recorder(this.#controller.component),
      onWritten: (resource, objectKey, written, deleted) => { this.#expect(key, resource, objectKey, written, deleted); },
    });
    return plan;
  }

  #expect(key: string, resource: ResourceRef, objectKey: string, written: { metadata: ObjectMeta }, deleted: boolean): void {
    if (!this.#controller.watches.some((one) => sameResource(one.resource, resource))) return;
    const seen: SeenSoFar = this.#deps.informerOf(resource) as VersionedInformer<{ metadata: ObjectMeta }>; // objects of a resource have metadata
    this.#expectations.expect(key, seen, objectKey, written, { deleted, nowMs: this.#deps.clock.monotonicNow() });
  }
}

/** Nothing can be made any more in a namespace that is being deleted. */
function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;
}

function sameResource(a: ResourceRef, b: ResourceRef): boolean {
  return a.group === b.group && a.version === b.version && a.resource === b.resource;
}
