import type { coreV1 } from '@kubernode/api';
import { abortError, onAbort, type Clock } from '@kubernode/base';
import { podInfo } from '../cache/pod-info.ts';
import { podEvents, forceActivate, unscheduledPodAdd, unscheduledPodUpdate, unschedulableTimeout, type Change, type ClusterEvent } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { schedulerNameOf } from '../framework/profile.ts';
import type { QueuedPod } from '../framework/queued-pod.ts';
import { alignToWindow, BACKOFF_WINDOW_MS, backoffUntil, isBackingOff, type BackoffTimes } from './backoff.ts';
import { InFlight } from './in-flight.ts';
import { Nominator } from './nominator.ts';
import { PodHeap } from './pod-heap.ts';
import type { Requeue, RequeueHints } from './requeue-hints.ts';
import { UnschedulablePods } from './unschedulable-pods.ts';

type Pod = Readonly<coreV1.Pod>;

export type QueueName = 'active' | 'backoff' | 'unschedulable' | 'gated';

export interface SchedulingQueueOptions {
  clock: Clock;
  backoff: BackoffTimes;
  /** Whether `a` is to be tried before `b`. */
  before(a: QueuedPod, b: QueuedPod): boolean;
  /** By profile: who may keep pods out. */
  preEnqueue(profile: string): readonly Plugin[];
  hints: RequeueHints;
  /** Called for each pod that comes into a queue. */
  onIncoming?(queue: QueueName, cause: string): void;
}

/** A pod that no event brought back is tried again after this long: events may be missed, hints may be wrong about them. */
const UNSCHEDULABLE_MAX_MS = 300_000;
const NOBODY: ReadonlySet<string> = new Set();
const FAILURE = 'ScheduleAttemptFailure';
const BACKOFF_COMPLETE = 'BackoffComplete';

/**
 * Pods that wait for a node.
 *
 *     add ─▶ active (by priority, then age) ─pop─▶ in flight ─turned down─▶ unschedulable ─an event that helps─▶ backoff ─time─▶ active
 *      │         ▲                                     └─error─▶ error backoff ─time─▶ active
 *      └─kept out by a plugin (gated), in `unschedulable`, too
 *
 * While nothing is active, pods in back-off are tried before their time; those in error back-off are not.
 */
export class SchedulingQueue {
  readonly #options: SchedulingQueueOptions;
  readonly #active: PodHeap<QueuedPod>;
  readonly #backoff: PodHeap<QueuedPod>;
  readonly #errorBackoff: PodHeap<QueuedPod>;
  readonly #unschedulable = new UnschedulablePods();
  readonly #inFlight = new InFlight();
  readonly nominator: Nominator = new Nominator();
  #timer: Disposable | undefined;
  #wake: (() => void) | undefined;

  constructor(options: SchedulingQueueOptions) {
    this.#options = options;
    const { before, backoff } = options;
    this.#active = new PodHeap(before);
    this.#backoff = new PodHeap((a, b) => {
      const difference = backoffUntil(a, backoff) - backoffUntil(b, backoff);
      return difference < 0 || (difference === 0 && before(a, b));
    });
    this.#errorBackoff = new PodHeap((a, b) => backoffUntil(a, backoff) < backoffUntil(b, backoff));
  }

  get counts(): Record<QueueName, number> {
    return { active: this.#active.length, backoff: this.#backoff.length + this.#errorBackoff.length, unschedulable: this.#unschedulable.size - this.#unschedulable.gated, gated: this.#unschedulable.gated };
  }

  get inFlight(): { pods: number; events: number } { return this.#inFlight; }
  waitingByPlugin(): Iterable<[string, ReadonlySet<QueuedPod>]> { return this.#unschedulable.countsByPlugin(); }

  /** A pod that was not seen before. */
  add(pod: Pod): void { this.#toActive(this.#fresh(pod), unscheduledPodAdd.label); }

  /** A pod that changed while it waits or is being tried. */
  update(before: Pod, after: Pod): void {
    const uid = uidOf(after);
    const events = podEvents(before, after);
    if (this.#inFlight.has(uid)) { for (const event of events) this.#inFlight.saw(event, { before, after }); return; }
    for (const heap of [this.#active, this.#backoff, this.#errorBackoff]) {
      const queued = heap.get(uid);
      if (queued === undefined) continue;
      this.#replace(queued, before, after);
      heap.push(uid, queued); // its place may be another
      return;
    }
    const waiting = this.#unschedulable.get(uid);
    if (waiting === undefined) { this.#toActive(this.#fresh(after), unscheduledPodUpdate.label); return; }
    this.#replace(waiting, before, after);
    for (const event of events) {
      if (this.#requeue(waiting, this.#options.hints.judge(waiting, event, { before, after }), event.label)) break;
    }
  }

  remove(uid: string): void {
    this.nominator.delete(uid);
    this.#active.remove(uid);
    this.#backoff.remove(uid);
    this.#errorBackoff.remove(uid);
    this.#unschedulable.delete(uid);
  }

  /** Something happened that may help those who wait; `only` leaves some of them out. */
  moveOn(event: ClusterEvent, change: Change<unknown> = {}, only?: (queued: QueuedPod) => boolean): void {
    const { hints } = this.#options;
    const plugins = hints.pluginsFor(event);
    if (plugins.size === 0) return;
    for (const queued of this.#unschedulable.turnedDownBy(plugins)) {
      if (only?.(queued) === false) continue;
      if (queued.gatedBy !== undefined && !hints.concernsPlugin(profileOf(queued), queued.gatedBy, event)) continue;
      this.#requeue(queued, hints.judge(queued, event, change), event.label);
    }
    this.#inFlight.saw(event, change);
  }

  /** A plugin wants these to be tried, whatever they wait for. One that is being tried is tried again. */
  activate(pod: Pod): void {
    const uid = uidOf(pod);
    const backingOff = this.#backoff.remove(uid) ?? this.#errorBackoff.remove(uid);
    const queued = backingOff ?? this.#unschedulable.get(uid);
    if (queued !== undefined) this.#toActive(queued, forceActivate.label, { checked: backingOff !== undefined });
    else if (this.#inFlight.has(uid)) this.#inFlight.saw(forceActivate, { after: pod });
  }

  /** Called now and then: brings back whom no event brought. */
  flushStale(): void {
    const now = this.#options.clock.now();
    for (const queued of [...this.#unschedulable.values()]) {
      if (now - queued.queuedMs <= UNSCHEDULABLE_MAX_MS || queued.gatedBy !== undefined) continue;
      queued.wasFlushed = true;
      this.#requeue(queued, 'after-backoff', unschedulableTimeout.label);
    }
  }

  /** The next pod to place; waits for one. It stays in flight until `refuse` or `done`. Rejects when aborted. */
  async pop(signal: AbortSignal): Promise<QueuedPod> {
    for (;;) {
      if (signal.aborted) throw abortError(signal);
      const queued = this.tryPop();
      if (queued !== undefined) return queued;
      await new Promise<void>((resolve) => {
        const link = onAbort(signal, resolve);
        this.#wake = () => { link[Symbol.dispose](); resolve(); };
      });
    }
  }

  /** The same without waiting. */
  tryPop(): QueuedPod | undefined {
    const queued = this.#active.pop() ?? this.#backoff.pop();
    if (queued === undefined) return undefined;
    queued.attempts++;
    this.#inFlight.start(queued.info.uid);
    return queued;
  }

  /** A pod that found no node, and who is to blame. With nobody to blame it was a fault of the moment: it comes back after its delay by itself. */
  refuse(queued: QueuedPod, pod: Pod, { refusedBy, pendingBy = NOBODY }: { refusedBy: ReadonlySet<string>; pendingBy?: ReadonlySet<string> }): void {
    const { uid } = queued.info;
    if (refusedBy.size === 0 && pendingBy.size === 0) queued.errorCount++;
    else { queued.unschedulableCount++; queued.errorCount = 0; }
    Object.assign(queued, { info: queued.info.pod === pod ? queued.info : podInfo(pod), refusedBy, pendingBy, queuedMs: this.#options.clock.now(), backoffUntilMs: undefined, wasFlushed: false });
    const missed = this.#judgeMissed(queued);
    this.#inFlight.done(uid);
    if (!this.#requeue(queued, missed, FAILURE)) this.#wait(queued, FAILURE);
  }

  /** The pod will not come back: it is bound, gone, or somebody else's. */
  done(uid: string): void { this.#inFlight.done(uid); }

  close(): void { this.#timer?.[Symbol.dispose](); this.#timer = undefined; this.#inFlight.clear(); }

  #fresh(pod: Pod): QueuedPod {
    return { info: podInfo(pod), queuedMs: this.#options.clock.now(), attempts: 0, firstTriedMs: undefined, unschedulableCount: 0, errorCount: 0, refusedBy: NOBODY, pendingBy: NOBODY, gatedBy: undefined, backoffUntilMs: undefined, wasFlushed: false };
  }

  #replace(queued: QueuedPod, before: Pod, after: Pod): void {
    queued.info = podInfo(after);
    this.nominator.update(before, queued.info);
  }

  /** What the events since the pod left the queue mean for it. */
  #judgeMissed(queued: QueuedPod): Requeue {
    if (queued.refusedBy.size === 0 && queued.pendingBy.size === 0) return 'after-backoff';
    let result: Requeue = 'no';
    for (const { event, change } of this.#inFlight.since(queued.info.uid)) {
      if (event === forceActivate && uidOf(change.after as Pod) !== queued.info.uid) continue; // that event carries the pod
      const one = this.#options.hints.judge(queued, event, change);
      if (one === 'at-once') return one;
      if (one === 'after-backoff') result = one;
    }
    return result;
  }

  /** Whether the pod left `unschedulable`, or need not go there. */
  #requeue(queued: QueuedPod, how: Requeue, cause: string): boolean {
    if (how === 'no') return false;
    const { backoff, clock } = this.#options;
    if (how === 'after-backoff' && isBackingOff(queued, backoff, clock.now())) return this.#toBackoff(queued, cause);
    return this.#toActive(queued, cause);
  }

  #toActive(queued: QueuedPod, cause: string, { checked = false } = {}): boolean {
    const { uid } = queued.info;
    if (!checked && this.#keptOut(queued, cause)) return false;
    this.#unschedulable.delete(uid);
    this.#backoff.remove(uid);
    this.#errorBackoff.remove(uid);
    queued.firstTriedMs ??= this.#options.clock.now();
    this.#active.push(uid, queued);
    this.#options.onIncoming?.('active', cause);
    if (cause === unscheduledPodAdd.label || cause === unscheduledPodUpdate.label) this.nominator.set(queued.info);
    this.#wakeUp();
    return true;
  }

  #toBackoff(queued: QueuedPod, cause: string): boolean {
    const { uid } = queued.info;
    if (this.#keptOut(queued, cause)) return false;
    this.#unschedulable.delete(uid);
    const byFault = queued.refusedBy.size === 0 && queued.pendingBy.size === 0;
    (byFault ? this.#errorBackoff : this.#backoff).push(uid, queued);
    this.#options.onIncoming?.('backoff', cause);
    this.#startTimer();
    this.#wakeUp();
    return true;
  }

  /** Asks the plugins that may keep a pod out, the one that did before first. */
  #keptOut(queued: QueuedPod, cause: string): boolean {
    const plugins = this.#options.preEnqueue(profileOf(queued));
    const before = plugins.find(({ name }) => name === queued.gatedBy);
    const gate = [...before === undefined ? [] : [before], ...plugins].find((plugin) => keepsOut(plugin, queued.info.pod));
    if (gate === undefined && queued.gatedBy === undefined) return false;
    this.#unschedulable.delete(queued.info.uid); // filed by what changes now
    queued.gatedBy = gate?.name;
    if (gate === undefined) return false;
    queued.refusedBy = new Set([...queued.refusedBy, gate.name]);
    this.#wait(queued, cause);
    return true;
  }

  #wait(queued: QueuedPod, cause: string): void {
    if (this.#active.has(queued.info.uid) || this.#unschedulable.get(queued.info.uid) === queued) return;
    this.#unschedulable.add(queued);
    this.#options.onIncoming?.(queued.gatedBy === undefined ? 'unschedulable' : 'gated', cause);
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #startTimer(): void {
    if (this.#timer !== undefined || this.#backoff.length + this.#errorBackoff.length === 0) return;
    const { clock } = this.#options;
    const now = clock.now();
    this.#timer = clock.after(alignToWindow(now) + BACKOFF_WINDOW_MS - now, () => { this.#timer = undefined; this.#flushBackoff(); this.#startTimer(); });
  }

  #flushBackoff(): void {
    const { backoff, clock } = this.#options;
    for (const heap of [this.#backoff, this.#errorBackoff]) {
      for (let first = heap.peek(); first !== undefined && !isBackingOff(first, backoff, clock.now()); first = heap.peek()) {
        heap.pop();
        this.#toActive(first, BACKOFF_COMPLETE, { checked: true });
      }
    }
  }
}

/** A rule that fails says no; the pod is asked for again when something happens that concerns the rule. */
function keepsOut(plugin: Plugin, pod: Pod): boolean {
  try { return plugin.preEnqueue?.(pod) !== undefined; } catch { return true; }
}

function uidOf({ metadata }: Pod): string { return metadata.uid ?? ''; }
function profileOf({ info }: QueuedPod): string { return schedulerNameOf(info.pod); }
