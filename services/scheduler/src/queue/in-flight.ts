import type { Change, ClusterEvent } from '../framework/cluster-event.ts';

export interface SeenEvent { readonly event: ClusterEvent; readonly change: Change<unknown> }

/**
 * What happened while pods were being tried. A pod that is turned down looks at all events since it left the queue: one of them may have
 * come too late for the attempt, and will not come again.
 *
 *     events:  e0 e1 e2 e3 e4 e5        kept from the oldest attempt on
 *     pods:     ▲A       ▲B             each knows where it stood when it left
 */
export class InFlight {
  readonly #startOf = new Map<string, number>(); // by uid, in the order of leaving
  #events: SeenEvent[] = [];
  #dropped = 0; // events that nobody in flight needs any more

  has(uid: string): boolean { return this.#startOf.has(uid); }
  get pods(): number { return this.#startOf.size; }
  get events(): number { return this.#events.length; }

  start(uid: string): void { this.#startOf.set(uid, this.#dropped + this.#events.length); }

  /** Noted only while somebody may ask. */
  saw(event: ClusterEvent, change: Change<unknown>): void {
    if (this.#startOf.size > 0) this.#events.push({ event, change });
  }

  since(uid: string): readonly SeenEvent[] {
    const start = this.#startOf.get(uid);
    return start === undefined ? [] : this.#events.slice(start - this.#dropped);
  }

  done(uid: string): void {
    if (!this.#startOf.delete(uid)) return;
    const [oldest] = this.#startOf.values();
    const needless = (oldest ?? this.#dropped + this.#events.length) - this.#dropped;
    if (needless === 0) return;
    this.#events = needless === this.#events.length ? [] : this.#events.slice(needless);
    this.#dropped += needless;
  }

  clear(): void { this.#startOf.clear(); this.#events = []; }
}
