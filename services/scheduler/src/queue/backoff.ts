import type { QueuedPod } from '../framework/queued-pod.ts';

/** Back-offs end at whole seconds, and pods whose back-off ends in the same second are equal before priority decides. */
export const BACKOFF_WINDOW_MS = 1000;

export interface BackoffTimes { readonly initialMs: number; /** 0: no back-off at all. */ readonly maxMs: number }

/** When the pod may be tried again; 0 for one that was not tried, or not in vain. Kept in the pod until its next failure. */
export function backoffUntil(queued: QueuedPod, { initialMs, maxMs }: BackoffTimes): number {
  const count = queued.errorCount > 0 ? queued.errorCount : queued.unschedulableCount;
  if (maxMs === 0 || count === 0) return 0;
  queued.backoffUntilMs ??= alignToWindow(queued.queuedMs + Math.min(initialMs * 2 ** (count - 1), maxMs));
  return queued.backoffUntilMs;
}

/** In the window in which it ends, a back-off goes on. */
export function isBackingOff(queued: QueuedPod, times: BackoffTimes, nowMs: number): boolean { return backoffUntil(queued, times) >= alignToWindow(nowMs); }

export function alignToWindow(ms: number): number { return ms - (ms % BACKOFF_WINDOW_MS); }
