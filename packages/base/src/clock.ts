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
  sleep,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

function sleep(ms: number, { signal }: WaitOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) { reject(abortError(signal)); return; }
    const timer = setTimeout(() => { link[Symbol.dispose](); resolve(); }, ms);
    const link = onAbort(signal, () => { clearTimeout(timer); reject(abortError(signal as AbortSignal)); }); // only called with a signal
  });
}
