import type { Clock } from '@kubernode/base';
import type { TokenVerdict } from './token-authenticator.ts';

/** A revoked token may still be good for this long. The same as kube-apiserver's. */
export const TOKEN_CACHE_TTL_MS = 10_000;
/** More distinct tokens than this at a time push the oldest out. */
export const TOKEN_CACHE_ENTRIES_MAX = 16_384;

export type AcceptedToken = Extract<TokenVerdict, { kind: 'user' }>;

/** Remembers tokens that were accepted, so that their signatures and lookups are not checked at every request. Refusals are not remembered. */
export class TokenCache {
  readonly #clock: Pick<Clock, 'monotonicNow'>;
  readonly #entries = new Map<string, { verdict: AcceptedToken; expiresAt: number }>(); // in order of insertion, so the first is the oldest

  constructor(clock: Pick<Clock, 'monotonicNow'>) { this.#clock = clock; }

  get size(): number { return this.#entries.size; }

  get(token: string): AcceptedToken | undefined {
    const entry = this.#entries.get(token);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > this.#clock.monotonicNow()) return entry.verdict;
    this.#entries.delete(token);
    return undefined;
  }

  set(token: string, verdict: AcceptedToken): void {
    this.#entries.delete(token);
    if (this.#entries.size >= TOKEN_CACHE_ENTRIES_MAX) this.#evictOldest();
    this.#entries.set(token, { verdict, expiresAt: this.#clock.monotonicNow() + TOKEN_CACHE_TTL_MS });
  }

  #evictOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
