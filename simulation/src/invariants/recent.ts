/** How long somebody may act on what has changed meanwhile, ms: it was frozen, its watch broke, or its write lay on the way. */
export const STALE_MS = 120_000;

/** What things were like lately: all that somebody who acts now could have seen of them. */
export class Recent<T> {
  readonly #values = new Map<string, { atMs: number; value: T }[]>();

  note(key: string, atMs: number, value: T): void { this.#values.set(key, [...this.#lately(key, atMs), { atMs, value }]); }

  /** Oldest first; the last is how it is now. */
  seen(key: string, atMs: number): T[] { return this.#lately(key, atMs).map(({ value }) => value); }

  /** Since when something is known. */
  spansMs(key: string, atMs: number): number { return atMs - (this.#values.get(key)?.[0]?.atMs ?? atMs); }

  latest(key: string): T | undefined { return this.#values.get(key)?.at(-1)?.value; }

  /** Each that held at some time since. */
  #lately(key: string, atMs: number): { atMs: number; value: T }[] {
    const values = this.#values.get(key) ?? [];
    return values.slice(Math.max(values.findLastIndex((one) => one.atMs <= atMs - STALE_MS), 0));
  }
}
