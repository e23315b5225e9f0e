import type { batchV1, coreV1 } from '@kubernode/api';
import { finishedMs } from './finish-time.ts';
import { failureCountOf, ignoredFailureCountOf, isCountable, isFailedPod, isTracked } from './job-pods.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/** Failures since the last success, and when the last of them was. */
export interface Failures { count: number; lastMs: number }

export const noFailures: Failures = { count: 0, lastMs: 0 };

const DELAY_MS = 10_000;
const DELAY_MAX_MS = 600_000;

/** How long until the next pod may be made: 10 s after a failure, doubled with each further one, ten minutes at most. */
export function backOffMs({ count, lastMs }: Failures, nowMs: number): number {
  if (count === 0) return 0;
  return Math.max(0, lastMs + Math.min(DELAY_MAX_MS, DELAY_MS * 2 ** (count - 1)) - nowMs);
}

/** The same for one index, whose last failed pod knows how many failed before it. */
export function indexBackOffMs(lastFailed: Pod | undefined, nowMs: number): number {
  if (lastFailed === undefined) return 0;
  return backOffMs({ count: failureCountOf(lastFailed) + ignoredFailureCountOf(lastFailed) + 1, lastMs: finishedMs(lastFailed) }, nowMs);
}

/**
 * Remembers failures, because a pod that failed may be gone by the time its successor is due. Each pod is noted once, at the first
 * sight of its end. Kept in memory alone: a new leader begins without delays, as Kubernetes' does.
 */
export class FailureMemory {
  readonly #byJob = new Map<string, { uid: string; lastSuccessMs: number; failedAtMs: Map<string, number> }>();

  /** Takes note of the pods that ended and are not let go yet; returns the failures so far. */
  note(key: string, job: Job, pods: readonly Pod[]): Failures {
    const uid = job.metadata.uid ?? '';
    let memory = this.#byJob.get(key);
    if (memory?.uid !== uid) {
      memory = { uid, lastSuccessMs: -Infinity, failedAtMs: new Map() };
      this.#byJob.set(key, memory);
    }
    for (const pod of pods) {
      if (!isTracked(pod) || !isCountable(pod, job)) continue;
      if (pod.status?.phase === 'Succeeded') memory.lastSuccessMs = Math.max(memory.lastSuccessMs, finishedMs(pod));
      else if (isFailedPod(pod, job) && !memory.failedAtMs.has(pod.metadata.uid ?? '')) memory.failedAtMs.set(pod.metadata.uid ?? '', finishedMs(pod));
    }
    for (const [pod, ms] of memory.failedAtMs) if (ms <= memory.lastSuccessMs) memory.failedAtMs.delete(pod);
    return { count: memory.failedAtMs.size, lastMs: Math.max(0, ...memory.failedAtMs.values()) };
  }

  /** For a job that ended or is gone. */
  forget(key: string): void { this.#byJob.delete(key); }
}
