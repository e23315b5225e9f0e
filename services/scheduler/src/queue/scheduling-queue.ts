import type { coreV1 } from '@kubernode/api';
import { abortError, onAbort, type Clock } from '@kubernode/base';
import type { ClusterEvent, Plugin } from '../framework/plugin.ts';
import { PodHeap } from './pod-heap.ts';

export interface QueuedPod {
  pod: Readonly<coreV1.Pod>;
  /** When it first came in, and when last. */
  firstSeenMs: number;
  queuedMs: number;
  attempts: number;
  /** Which plugins refused it last time; their events bring it back. */
  refusedBy: ReadonlySet<string>;
}

const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 10_000;
/** A pod that no event brought back is tried again after this long: events may be missed, rules may be wrong about them. */
const UNSCHEDULABLE_MAX_MS = 300_000;

/**
 * Pods that wait for a node.
 *
 *     add ─▶ active (by priority, then age) ─pop─▶ a cycle ─refused─▶ unschedulable ─event─▶ backoff ─time─▶ active
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #plugins: readonly Plugin[];
  readonly #active = new PodHeap<QueuedPod>((a, b) => priorityOf(a) > priorityOf(b) || (priorityOf(a) === priorityOf(b) && a.queuedMs < b.queuedMs));
  readonly #backoff = new Map<string, { queued: QueuedPod; timer: Disposable }>();
  readonly #unschedulable = new Map<string, { queued: QueuedPod; sinceMs: number }>();
  readonly #gated = new Map<string, QueuedPod>();
  #wake: (() => void) | undefined;

  constructor({ clock, plugins }: { clock: Clock; plugins: readonly Plugin[] }) {
    this.#clock = clock;
    this.#plugins = plugins;
  }

  get counts(): { active: number; backoff: number; unschedulable: number; gated: number } {
    return { active: this.#active.length, backoff: this.#backoff.size, unschedulable: this.#unschedulable.size, gated: this.#gated.size };
  }

  /** A new pod, or one that changed while it waited. */
  add(pod: Readonly<coreV1.Pod>, event?: ClusterEvent): void {
    const uid = uidOf(pod);
    const known = this.#take(uid);
    const now = this.#clock.now();
    const queued: QueuedPod = { firstSeenMs: now, queuedMs: now, attempts: 0, refusedBy: new Set(), ...known?.queued, pod };
    if (known?.from === 'unschedulable' && !this.#concerns(queued, event ?? 'waiting-pod-updated')) { this.#unschedulable.set(uid, { queued, sinceMs: now }); return; }
    if (known?.from === 'backoff') this.#delay(queued, now);
    else this.#enter(queued);
  }

  /** A pod that found no node. With no plugin to blame it was a fault of the moment: it comes back after its delay by itself. */
  refuse(queued: QueuedPod, refusedBy: ReadonlySet<string>): void {
    const next = { ...queued, refusedBy, queuedMs: this.#clock.now() };
    if (refusedBy.size === 0) this.#delay(next, next.queuedMs);
    else this.#unschedulable.set(uidOf(queued.pod), { queued: next, sinceMs: next.queuedMs });
  }

  remove(uid: string): void { this.#take(uid); }

  /** Something happened that may help those who wait for it. */
  moveOn(event: ClusterEvent): void {
    const now = this.#clock.now();
    for (const [uid, { queued, sinceMs }] of this.#unschedulable) {
      if (!this.#concerns(queued, event) && now - sinceMs < UNSCHEDULABLE_MAX_MS) continue;
      this.#unschedulable.delete(uid);
      this.#delay(queued, now);
    }
  }

  /** Called now and then: brings back whom no event brought. */
  flushStale(): void {
    const now = this.#clock.now();
    for (const [uid, { queued, sinceMs }] of this.#unschedulable) {
      if (now - sinceMs < UNSCHEDULABLE_MAX_MS) continue;
      this.#unschedulable.delete(uid);
      this.#enter(queued);
    }
  }

  /** The next pod to place; waits for one. Rejects when aborted. */
  async pop(signal: AbortSignal): Promise<QueuedPod> {
    for (;;) {
      if (signal.aborted) throw abortError(signal);
      const queued = this.#active.pop();
      if (queued !== undefined) return { ...queued, attempts: queued.attempts + 1 };
      await new Promise<void>((resolve) => {
        const link = onAbort(signal, resolve);
        this.#wake = () => { link[Symbol.dispose](); resolve(); };
      });
    }
  }

  close(): void { for (const { timer } of this.#backoff.values()) timer[Symbol.dispose](); }

  #enter(queued: QueuedPod): void {
    if (this.#plugins.some((plugin) => plugin.preEnqueue?.(queued.pod) !== undefined)) { this.#gated.set(uidOf(queued.pod), queued); return; }
    this.#active.push(uidOf(queued.pod), queued);
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Into the active queue once the delay since its last attempt is over. */
  #delay(queued: QueuedPod, nowMs: number): void {
    const delayMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.max(0, queued.attempts - 1), BACKOFF_MAX_MS);
    const leftMs = queued.queuedMs + delayMs - nowMs;
    if (queued.attempts === 0 || leftMs <= 0) { this.#enter(queued); return; }
    const uid = uidOf(queued.pod);
    this.#backoff.set(uid, { queued, timer: this.#clock.after(leftMs, () => { this.#backoff.delete(uid); this.#enter(queued); }) });
  }

  #concerns({ refusedBy }: QueuedPod, event: ClusterEvent): boolean {
    return this.#plugins.some(({ name, events }) => refusedBy.has(name) && events.includes(event));
  }

  #take(uid: string): { queued: QueuedPod; from: 'active' | 'backoff' | 'unschedulable' | 'gated' } | undefined {
    const active = this.#active.remove(uid);
    if (active !== undefined) return { queued: active, from: 'active' };
    const waiting = this.#backoff.get(uid);
    if (waiting !== undefined) { waiting.timer[Symbol.dispose](); this.#backoff.delete(uid); return { queued: waiting.queued, from: 'backoff' }; }
    const refused = this.#unschedulable.get(uid);
    if (refused !== undefined) { this.#unschedulable.delete(uid); return { queued: refused.queued, from: 'unschedulable' }; }
    const gated = this.#gated.get(uid);
    this.#gated.delete(uid);
    return gated === undefined ? undefined : { queued: gated, from: 'gated' };
  }
}

function uidOf({ metadata }: Readonly<coreV1.Pod>): string { return metadata.uid ?? ''; }
function priorityOf({ pod }: QueuedPod): number { return pod.spec?.priority ?? 0; }
