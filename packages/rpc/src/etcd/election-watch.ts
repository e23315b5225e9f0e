import type { Clock } from '@kubernode/base';
import { EtcdError } from './etcd-error.ts';

/** What a member says of the election that it knows. */
export interface MemberView<Member> { readonly member: Member; readonly hasLeader: boolean; readonly term: number }

export interface ElectionWatchOptions<Member> {
  /** Asks every member, and leaves out those that do not answer. Never rejects. */
  look: () => Promise<readonly MemberView<Member>[]>;
  /** What they said is known. */
  onLooked: () => void;
  clock: Clock;
}

/** How often it is looked whether a call waits for too long, as long as there are any, ms. */
const LOOK_INTERVAL_MS = 100;
/** A call that waits for this long may wait for nobody: the members are asked, ms. */
const SLOW_MS = 300;
/** What a new leader found in its log is carried out, and answered, within this time of its election, ms. */
const ANSWERED_WITHIN_MS = 100;

interface Waiting<Member> { readonly member: Member; readonly sinceMs: number; readonly giveUp: (error: EtcdError) => void }

/**
 * Ends the wait for calls that nobody will answer. A member hands what it is asked to its leader; when that one dies or is cut off, the
 * member keeps the call until the caller's time is over, although the cluster has another leader long before. So members are asked, once a
 * call takes long. Over are those that began before an election and are not answered soon after it, and all that wait at a member which has
 * not heard of it, such as the former leader itself. Whether etcd carries one out all the same is not known: the error says so.
 */
export class ElectionWatch<Member> {
  readonly #options: ElectionWatchOptions<Member>;
  /** Calls under way, the oldest first. */
  readonly #waiting = new Set<Waiting<Member>>();
  /** The term in which each member last knew a leader. A term has one at most. */
  readonly #terms = new Map<Member, number>();
  /** When a new term was heard of. */
  #electedAtMs = -Infinity;
  #isLooking = false;

  constructor(options: ElectionWatchOptions<Member>) { this.#options = options; }

  /** The member knows the leader of this term. */
  heard(member: Member, term: number): void {
    if (this.#terms.get(member) === term) return;
    const before = this.#latest();
    this.#terms.set(member, term);
    if (before > 0 && term > before) this.#electedAtMs = this.#options.clock.monotonicNow();
  }

  /** Others know of a later election than this member did when it was last heard. */
  isBehind(member: Member): boolean {
    const term = this.#terms.get(member);
    return term !== undefined && term < this.#latest();
  }

  /** What the member's answer resolves to; rejects with an EtcdError when another leader was elected meanwhile. */
  unlessElected<T>(member: Member, answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting<Member> = { member, sinceMs: this.#options.clock.monotonicNow(), giveUp: reject };
      this.#waiting.add(waiting);
      this.#lookLater();
      const settle = <V>(how: (value: V) => void) => (value: V) => { this.#waiting.delete(waiting); how(value); };
      answer.then(settle(resolve), settle(reject));
    });
  }

  #latest(): number { return Math.max(0, ...this.#terms.values()); }

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
    const { look, onLooked, clock } = this.#options;
    const [oldest] = this.#waiting;
    if (oldest === undefined || clock.monotonicNow() - oldest.sinceMs < SLOW_MS) return;
    for (const { member, hasLeader, term } of await look()) if (hasLeader) this.heard(member, term);
    onLooked();
    const now = clock.monotonicNow();
    const hadTime = now - this.#electedAtMs >= ANSWERED_WITHIN_MS;
    for (const waiting of this.#waiting) {
      if (now - waiting.sinceMs < SLOW_MS) return;
      if (!this.isBehind(waiting.member) && !(hadTime && waiting.sinceMs < this.#electedAtMs)) continue;
      this.#waiting.delete(waiting);
      waiting.giveUp(new EtcdError({ code: 'deadlineExceeded', message: 'etcd elected another leader before it answered', fateUnknown: true }));
    }
  }
}
