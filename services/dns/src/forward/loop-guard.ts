import type { Clock, Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Query } from '../wire/read-query.ts';
import { RecordType } from '../wire/record-type.ts';
import { questionOf } from './upstream-query.ts';
import type { Forwarder } from './forwarder.ts';

/** A loop may come with another configuration of the host, ms. */
const EVERY_MS = 60_000;

/**
 * Notices that an upstream server leads back here, which would multiply each query until something breaks: a name that nobody else knows is
 * asked for upstream now and then; if it arrives here, nothing is forwarded until it does so no more.
 */
export class LoopGuard {
  readonly #name: string;
  #seen = false;
  #looping = false;

  constructor(rng: Rng) {
    const part = (): string => String(Math.floor(rng.next() * 1e15));
    this.#name = `${part()}.${part()}`;
  }

  get looping(): boolean { return this.#looping; }

  /** Whether this is the guard's own query, come back. */
  isOwn({ name, type }: Query): boolean {
    if (type !== RecordType.HINFO || name !== this.#name) return false;
    this.#seen = true;
    return true;
  }

  async run({ forwarder, clock, logger }: { forwarder: Forwarder; clock: Clock; logger: Logger }, signal: AbortSignal): Promise<void> {
    for (;;) {
      this.#seen = false;
      await forwarder.ask({ question: questionOf(this.#name, RecordType.HINFO), recursionDesired: true, checkingDisabled: false, edns: undefined }, 'udp');
      if (this.#seen && !this.#looping) logger.error('an upstream server leads back to this one; other names are not answered until --resolv-conf names others');
      this.#looping = this.#seen;
      await clock.sleep(EVERY_MS, { signal });
    }
  }
}
