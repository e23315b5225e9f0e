import type { Clock } from './clock.ts';

let waiting = 0; // callbacks that have not been called yet

/**
 * Calls back once everything was handled that has already arrived on any connection: what piles up meanwhile can then be done at one go.
 * Comes before timers and costs no time when there is nothing to wait for.
 */
export function afterArrivals(callback: () => void): void {
  waiting++;
  setImmediate(() => { waiting--; callback(); });
}

/**
 * Calls back when `ms` went by without what was awaited; whoever hears it disposes. A process that was busy itself does not blame the other
 * end: what arrived meanwhile is handled first, and may still dispose.
 */
export function afterSilence(clock: Clock, ms: number, callback: () => void): Disposable {
  let isHeard = false;
  const timer = clock.after(ms, () => { afterArrivals(() => { if (!isHeard) callback(); }); });
  return { [Symbol.dispose]: () => { isHeard = true; timer[Symbol.dispose](); } };
}

/**
 * Resolves once nothing can happen any more without a timer or a connection: promises are settled, and what `afterArrivals` was asked to
 * call has been called. Virtual clocks move on only then.
 */
export async function allSettled(): Promise<void> {
  do { await new Promise((resolve) => { setImmediate(resolve); }); } while (waiting > 0); // promises are settled between any two of them
}
