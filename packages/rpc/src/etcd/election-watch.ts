import type { Clock } from '@kubernode/base';
import { EtcdError } from './etcd-error.ts';

/** What a member says of the election that it knows. */
export interface MemberView { readonly hasLeader: boolean; readonly term: number }

export interface ElectionWatchOptions {
  /** Asks every member, and leaves out those that do not answer. Never rejects. */
  look: () => Promise<readonly MemberView[]>;
  clock: Clock;
}

/** How often it is looked whether a call waits for too long, as long as there are any, ms. */
const LOOK_INTERVAL_MS = 100;
/** A call that waits for this long may wait for nobody: the members are asked, ms. */
const SLOW_MS = 300;
/** What a new leader found in its log is carried out, and answered, within this time of its election, ms. */
const ANSWERED_WITHIN_MS = 100;

interface Waiting { readonly sinceMs: number; readonly giveUp: (error: EtcdError) => void }

/**
 * Ends the wait for calls that nobody will answer. A member hands what it is asked to its leader; when that one dies or is cut off, the
 * member keeps the call until the caller's time is over, although the cluster has another leader long before. So members are asked, once a
 * call takes long, and those that began before an election and are not answered soon after it are over. Whether etcd carries one out
 * all the same is not known: the error says so.
 */
export class ElectionWatch {
  readonly #options: ElectionWatchOptions;
  /** Calls under way, the oldest first. */
  readonly #waiting = new Set<Waiting>();
  /** The latest that was heard of, 0 before. A term has one leader at most. */
  #term = 0;
  /** When a new one was heard of. */
  #electedAtMs = -Infinity;
  #isLooking = false;

  constructor(options: ElectionWatchOptions) { this.#options = options; }

  /** An answer was of this term. */
  heard(term: number): void {
    if (term <= this.#term) return;
    if (this.#term > 0) this.#electedAtMs = this.#options.clock.monotonicNow();
    this.#term = term;
  }

  /** What `call` resolves to; rejects with an EtcdError when another leader was elected meanwhile. */
  unlessElected<T>(call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { sinceMs: this.#options.clock.monotonicNow(), giveUp: reject };
      this.#waiting.add(waiting);
      this.#lookLater();
      const settle = <V>(how: (value: V) => void) => (value: V) => { this.#waiting.delete(waiting); how(value); };
      call.then(settle(resolve), settle(reject));
    });
  }

  #lookLater(): void {
    if (this.#isLooking || this.#waiting.size === 0) return;
    this.#isLooking = true;
    this.#options.clock.after(LOOK_INTERVAL_MS, () => {
      void this.#look().then(() => {
        this.#isLooking = false;
        this.#lookLater();
      });
    });
  }

  async #look(): Promise<void> {
    const { look, clock } = this.#options;
    const [oldest] = this.#waiting;
    if (oldest === undefined || clock.monotonicNow() - oldest.sinceMs < SLOW_MS) return;
    if (oldest.sinceMs >= this.#electedAtMs) for (const { hasLeader, term } of await look()) if (hasLeader) this.heard(term);
    if (clock.monotonicNow() - this.#electedAtMs < ANSWERED_WITHIN_MS) return;
    for (const waiting of this.#waiting) {
      if (waiting.sinceMs >= this.#electedAtMs) return;
      this.#waiting.delete(waiting);
      waiting.giveUp(new EtcdError({ code: 'deadlineExceeded', message: 'etcd elected another leader before it answered', fateUnknown: true }));
    }
  }
}
