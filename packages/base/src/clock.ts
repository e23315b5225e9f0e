import { abortError, onAbort } from './abort.ts';

export interface WaitOptions { signal?: AbortSignal | undefined }

/** Time as a dependency: the system's in production, a virtual one in tests and simulations. */
export interface Clock {
  /** Wall-clock time, ms since 1970. For what users see; may jump. */
  now(): number;
  /** Time that never jumps, ms from an arbitrary start. For measuring and for leases. */
  monotonicNow(): number;
  /** Resolves after `ms`; rejects with an AbortError as soon as the signal is aborted. */
  sleep(ms: number, options?: WaitOptions): Promise<void>;
  /** Calls `callback` once after `ms` unless disposed before. Keeps no process alive. */
  after(ms: number, callback: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
  sleep: sleepBy((ms, callback) => startTimer(ms, callback, { keepsAlive: true })),
  after: (ms, callback) => startTimer(ms, callback, { keepsAlive: false }),
};

/** The longest that a timer of the system can run, 24 days; one that is asked for more fires at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** A timer for any time: a long one is started again and again. */
function startTimer(ms: number, callback: () => void, { keepsAlive }: { keepsAlive: boolean }): Disposable {
  let timer: NodeJS.Timeout;
  const start = (leftMs: number): void => {
    timer = setTimeout(() => { if (leftMs > TIMER_MAX_MS) start(leftMs - TIMER_MAX_MS); else callback(); }, Math.min(leftMs, TIMER_MAX_MS));
    if (!keepsAlive) timer.unref();
  };
  start(ms);
  return { [Symbol.dispose]: () => { clearTimeout(timer); } };
}

/** A clock's sleep by its timers. */
export function sleepBy(after: Clock['after']): Clock['sleep'] {
  return (ms, { signal } = {}) => new Promise((resolve, reject) => {
    if (signal?.aborted === true) { reject(abortError(signal)); return; }
    const timer = after(ms, () => { link[Symbol.dispose](); resolve(); });
    const link = onAbort(signal, () => { timer[Symbol.dispose](); reject(abortError(signal as AbortSignal)); }); // only called with a signal
  });
}
