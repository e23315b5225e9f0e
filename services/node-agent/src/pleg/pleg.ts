import { type Clock, errorMessage, TaskGroup, WakeUp } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ContainerSummary, CriRuntime, Sandbox } from '../cri/cri-runtime.ts';
import type { NodeMetrics } from '../metrics.ts';

export interface PlegDeps {
  runtime: Pick<CriRuntime, 'listSandboxes' | 'listContainers' | 'exits'>;
  clock: Clock;
  logger: Logger;
  metrics: NodeMetrics;
  /** Something of this pod changed in the runtime. */
  onChange: (uid: string) => void;
}

/** With exits told by the runtime a listing is for what that misses (what starts, the workers start themselves); without, it is all there is. */
const RELIST_WITH_EVENTS_MS = 10_000;
const RELIST_WITHOUT_EVENTS_MS = 1000;
/** Events come in bursts: one listing answers all of a burst. */
const BURST_MS = 10;
/** The runtime tells of an exit a little before its own listing shows it, so a hint is good for more than one listing. */
const LISTINGS_AFTER_HINT = 3;
const AFTER_HINT_MS = 60;
const EVENTS_RETRY_MS = 5000;
/** A runtime that has not answered for so long makes the node not ready. */
export const PLEG_UNHEALTHY_MS = 180_000;

/** Watches the runtime for changes of pods: lists everything, at intervals and on hints, and compares with the listing before. */
export class Pleg {
  readonly #deps: PlegDeps;
  /** Pod → what its parts looked like. */
  #seen = new Map<string, string>();
  #lastRelistMs: number | undefined;
  #hasEvents = false;
  readonly #hints = new WakeUp();

  constructor(deps: PlegDeps) { this.#deps = deps; }

  /** Pods that have anything in the runtime, as of the last listing. */
  get podUids(): readonly string[] { return [...this.#seen.keys()]; }

  /** Whether the runtime has answered lately. */
  isHealthy(nowMs: number): boolean { return this.#lastRelistMs !== undefined && nowMs - this.#lastRelistMs < PLEG_UNHEALTHY_MS; }

  async run(signal: AbortSignal): Promise<void> {
    const group = new TaskGroup(signal);
    group.spawn((inner) => this.#relistLoop(inner));
    group.spawn((inner) => this.#eventLoop(inner));
    await group.done();
  }

  /** Lists now. */
  async relist(): Promise<void> {
    const { runtime, clock, metrics, onChange } = this.#deps;
    const startMs = clock.monotonicNow();
    if (this.#lastRelistMs !== undefined) metrics.relistInterval.observe((startMs - this.#lastRelistMs) / 1000);
    const [sandboxes, containers] = await Promise.all([runtime.listSandboxes({}), runtime.listContainers({})]);
    metrics.relistDuration.observe((clock.monotonicNow() - startMs) / 1000);
    this.#lastRelistMs = clock.monotonicNow();
    countStates(metrics, sandboxes, containers);
    const now = fingerprints(sandboxes, containers);
    const before = this.#seen;
    this.#seen = now;
    for (const uid of new Set([...before.keys(), ...now.keys()])) if (before.get(uid) !== now.get(uid)) onChange(uid);
  }

  async #relistLoop(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    for (let due = 0; !signal.aborted;) {
      try { await this.relist(); } catch (error) { logger.warn('cannot list containers', { error: errorMessage(error) }); }
      const regularMs = this.#hasEvents ? RELIST_WITH_EVENTS_MS : RELIST_WITHOUT_EVENTS_MS;
      const heard = await this.#hints.heardWithin({ clock, ms: due > 0 ? AFTER_HINT_MS : regularMs }, signal);
      due = heard ? LISTINGS_AFTER_HINT : Math.max(0, due - 1);
      await clock.sleep(BURST_MS, { signal }).catch(() => undefined); // aborted: the loop ends
      this.#hints.take(); // a listing that begins now answers them all
    }
  }

  async #eventLoop(signal: AbortSignal): Promise<void> {
    const { runtime, clock, logger } = this.#deps;
    while (!signal.aborted) {
      try {
        this.#hasEvents = true;
        for await (const _container of runtime.exits(signal)) this.#hints.ring();
      } catch (error) {
        if (!signal.aborted) logger.info('no events from the runtime, listing instead', { error: errorMessage(error) });
      }
      this.#hasEvents = false;
      this.#hints.ring(); // what happened meanwhile is found by listing
      await clock.sleep(EVENTS_RETRY_MS, { signal }).catch(() => undefined); // aborted: the loop ends
    }
  }
}

function fingerprints(sandboxes: readonly Sandbox[], containers: readonly ContainerSummary[]): Map<string, string> {
  const parts = new Map<string, string[]>();
  const add = (uid: string, part: string): void => { const list = parts.get(uid) ?? []; list.push(part); parts.set(uid, list); };
  for (const { podUid, id, ready } of sandboxes) add(podUid, `${id}:${ready}`);
  for (const { podUid, id, phase } of containers) add(podUid, `${id}:${phase}`);
  return new Map([...parts].map(([uid, list]) => [uid, list.sort().join(' ')]));
}

function countStates(metrics: NodeMetrics, sandboxes: readonly Sandbox[], containers: readonly ContainerSummary[]): void {
  metrics.runningPods.set(new Set(sandboxes.filter(({ ready }) => ready).map(({ podUid }) => podUid)).size);
  for (const phase of ['created', 'running', 'exited', 'unknown']) metrics.runningContainers.set({ container_state: phase }, containers.filter((one) => one.phase === phase).length);
}
