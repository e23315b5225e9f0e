/** Delays between restarts of a container that keeps ending: 10 s, doubled up to 5 min; forgotten after 10 min of running. */
export const RESTART_BACKOFF_INITIAL_MS = 10_000;
export const RESTART_BACKOFF_MAX_MS = 300_000;

interface Entry { delayMs: number; updatedAtMs: number }

/** Back-off by key, counted from the event that caused it. The owner drops keys that are over. */
export class RestartBackoff {
  readonly #entries = new Map<string, Entry>();
  readonly #initialMs: number;
  readonly #maxMs: number;

  constructor({ initialMs = RESTART_BACKOFF_INITIAL_MS, maxMs = RESTART_BACKOFF_MAX_MS }: { initialMs?: number; maxMs?: number } = {}) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
  }

  /** The delay in force since `eventMs`, or undefined when the key may go on at once. */
  pending(key: string, { eventMs, nowMs }: { eventMs: number; nowMs: number }): { delayMs: number; untilMs: number } | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#expired(entry, eventMs) || nowMs - eventMs >= entry.delayMs || nowMs < eventMs) return undefined; // the clock was set back
    return { delayMs: entry.delayMs, untilMs: eventMs + entry.delayMs };
  }

  /** Records that the key went on after `eventMs`; the next delay is twice this one. */
  advance(key: string, { eventMs, nowMs }: { eventMs: number; nowMs: number }): void {
    const entry = this.#entries.get(key);
    const delayMs = entry === undefined || this.#expired(entry, eventMs) ? this.#initialMs : Math.min(entry.delayMs * 2, this.#maxMs);
    this.#entries.set(key, { delayMs, updatedAtMs: nowMs });
  }

  forget(key: string): void { this.#entries.delete(key); }

  /** Long enough without an event: the next one is the first again. */
  #expired(entry: Entry, eventMs: number): boolean { return eventMs - entry.updatedAtMs > 2 * this.#maxMs; }
}

/** Go's way to print a delay of whole seconds: `10s`, `1m20s`, `5m0s`. */
export function formatDelay(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
