import type { ObjectMeta } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { InformerChange } from '@kubernode/client';

type Named = Readonly<{ metadata: ObjectMeta }>;

const MARKED = -Infinity;

/**
 * Pods that should be gone and cannot go (their node is lost). They stop counting when somebody notices, not as time goes by, so that
 * what they cost is given back once. By a clock that never jumps, from when the deletion showed: late after a restart, never early.
 */
export class OverduePods {
  readonly #clock: Clock;
  /** By uid: since when it is being deleted. */
  readonly #sinceMs = new Map<string, number>();

  constructor(clock: Clock) { this.#clock = clock; }

  has({ metadata: { uid = '' } }: Named): boolean { return this.#sinceMs.get(uid) === MARKED; }

  /** To be told of every change of a pod. */
  observe({ object, previous }: InformerChange<{ metadata: ObjectMeta }>): void {
    if (previous?.metadata.uid !== undefined && previous.metadata.uid !== object?.metadata.uid) this.#sinceMs.delete(previous.metadata.uid);
    const { uid, deletionTimestamp } = object?.metadata ?? {};
    if (uid !== undefined && deletionTimestamp !== undefined && !this.#sinceMs.has(uid)) this.#sinceMs.set(uid, this.#clock.monotonicNow());
  }

  /** Whether the pod has had its time to end and as much again, and was not marked yet. */
  isDue({ metadata: { uid = '', deletionGracePeriodSeconds: grace = 0 } }: Named): boolean {
    const sinceMs = this.#sinceMs.get(uid);
    return sinceMs !== undefined && sinceMs !== MARKED && this.#clock.monotonicNow() > sinceMs + 2 * grace * 1000;
  }

  mark({ metadata: { uid = '' } }: Named): void { this.#sinceMs.set(uid, MARKED); }
}
