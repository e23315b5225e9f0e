/**
 * Calls back once everything was handled that has already arrived on any connection: what piles up meanwhile can then be done at one go.
 * Comes before timers and costs no time when there is nothing to wait for.
 */
export function afterArrivals(callback: () => void): void {
  setImmediate(callback);
}
