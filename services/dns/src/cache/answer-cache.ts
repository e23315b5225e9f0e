import { decode } from 'dns-packet';
import type { Clock } from '@kubernode/base';

const ENTRIES_MAX = 4096;
const TTL_MAX_SECONDS = 30;

/** Answers of upstream servers for a short while, by question and transport. The oldest goes when it is full. */
export class AnswerCache {
  readonly #clock: Clock;
  readonly #entries = new Map<string, { answer: Buffer; expiresAt: number }>();

  constructor(clock: Clock) { this.#clock = clock; }

  /** A kept answer under the query's id. */
  get(query: Buffer, transport: string): Buffer | undefined {
    const entry = this.#entries.get(this.#key(query, transport));
    if (!entry || entry.expiresAt <= this.#clock.monotonicNow()) return undefined;
    const answer = Buffer.from(entry.answer);
    query.copy(answer, 0, 0, 2);
    return answer;
  }

  put(query: Buffer, transport: string, answer: Buffer): void {
    const seconds = keepSeconds(answer);
    if (seconds <= 0) return;
    const key = this.#key(query, transport);
    this.#entries.delete(key);
    this.#entries.set(key, { answer, expiresAt: this.#clock.monotonicNow() + seconds * 1000 });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Everything behind the id: flags, question and options. */
  #key(query: Buffer, transport: string): string { return `${transport}${query.toString('latin1', 2)}`; }
}

/** The smallest time to live of the answer's records, bounded; 0 for failures and for answers without records. */
function keepSeconds(answer: Buffer): number {
  try {
    const { rcode, answers = [], flag_tc: truncated } = decode(answer) as ReturnType<typeof decode> & { rcode?: string }; // rcode is there, but not in the types
    if (truncated || answers.length === 0 || (rcode !== undefined && rcode !== 'NOERROR')) return 0;
    return Math.min(TTL_MAX_SECONDS, ...answers.map((one) => ('ttl' in one ? one.ttl ?? 0 : 0)));
  } catch { return 0; } // not understood, so not kept
}
