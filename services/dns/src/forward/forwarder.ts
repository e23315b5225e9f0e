import { isAbortError, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ForwardMetrics } from '../metrics.ts';
import { readAnswerTo, type ReadAnswer } from '../wire/read-answer.ts';
import type { Query } from '../wire/read-query.ts';
import { codeName, RecordType } from '../wire/record-type.ts';
import { askServer, type ServerAddress } from './ask-server.ts';
import { questionOf, upstreamQuery } from './upstream-query.ts';

export interface ForwarderOptions { servers: readonly ServerAddress[]; clock: Clock; rng: Rng; logger: Logger; metrics: ForwardMetrics; signal: AbortSignal }

export interface UpstreamAnswer { bytes: Buffer; read: ReadAnswer }
type Question = Pick<Query, 'question' | 'recursionDesired' | 'checkingDisabled' | 'edns'>;

/** Queries under way at once; each has a socket. */
const CONCURRENT_MAX = 1000;
const TRY_MS = 2000;
/** Clients give up after 5 s. */
const DEADLINE_MS = 5000;
/** A server that failed is asked this often whether it is back, and left out after so many times. */
const HEALTH_EVERY_MS = 500;
const FAILURES_MAX = 2;

interface Upstream { at: ServerAddress; name: string; failures: number; checked: boolean }

/** Asks upstream servers by chance, leaves out those that do not answer, and asks another while there is time. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #upstreams: readonly Upstream[];
  #underWay = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#upstreams = options.servers.map((at) => ({ at, name: at.address.includes(':') ? `[${at.address}]:${at.port}` : `${at.address}:${at.port}`, failures: 0, checked: false }));
  }

  /** The answer as it came; `refused` when too much is under way, undefined when no server answers. Never rejects. */
  async ask(question: Question, transport: 'udp' | 'tcp'): Promise<UpstreamAnswer | 'refused' | undefined> {
    const { metrics, clock } = this.#options;
    if (this.#underWay >= CONCURRENT_MAX) { metrics.rejected(); return 'refused'; }
    this.#underWay++;
    try {
      const until = clock.monotonicNow() + DEADLINE_MS;
      for (const upstream of this.#order()) {
        const answer = await this.#try(question, upstream, { transport, timeoutMs: Math.min(TRY_MS, until - clock.monotonicNow()) });
        if (answer !== undefined) return answer;
        if (this.#options.signal.aborted || clock.monotonicNow() >= until) break;
      }
      return undefined;
    } finally { this.#underWay--; }
  }

  async #try(question: Question, upstream: Upstream, { transport, timeoutMs }: { transport: 'udp' | 'tcp'; timeoutMs: number }): Promise<UpstreamAnswer | undefined> {
    const { clock, rng, metrics, signal } = this.#options;
    const startedAt = clock.monotonicNow();
    const id = Math.floor(rng.next() * 65_536);
    let read: ReadAnswer | undefined;
    const accepts = (answer: Buffer): boolean => answer.length >= 2 && answer.readUInt16BE(0) === id && (read = readAnswerTo(question.question, answer)) !== undefined;
    try {
      const bytes = await askServer(upstreamQuery(question, id), upstream.at, { transport, clock, signal, timeoutMs, accepts });
      upstream.failures = 0;
      if (read === undefined) return undefined;
      metrics.answered(upstream.name, codeName((read as ReadAnswer).code), (clock.monotonicNow() - startedAt) / 1000); // set by accepts
      return { bytes, read };
    } catch {
      metrics.failed(upstream.name);
      this.#watch(upstream); // a loop of its own, which ends by itself
      return undefined;
    }
  }

  /** Those that answer first, by chance; when none does, all of them: one may be back. */
  #order(): readonly Upstream[] {
    const shuffled = this.#upstreams.map((upstream) => ({ upstream, rank: this.#options.rng.next() })).sort((a, b) => a.rank - b.rank).map(({ upstream }) => upstream);
    const healthy = shuffled.filter(({ failures }) => failures < FAILURES_MAX);
    if (healthy.length === 0 && shuffled.length > 0) this.#options.metrics.allDown();
    return healthy.length > 0 ? healthy : shuffled;
  }

  #watch(upstream: Upstream): void {
    upstream.failures++;
    if (upstream.checked) return;
    upstream.checked = true;
    void this.#checkUntilWell(upstream).finally(() => { upstream.checked = false; }); // never rejects
  }

  /** Asks for the root's name servers until an answer comes, whatever it is. */
  async #checkUntilWell(upstream: Upstream): Promise<void> {
    const { clock, rng, signal, logger, metrics } = this.#options;
    for (let asked = 0; ; asked++) {
      try {
        await clock.sleep(HEALTH_EVERY_MS, { signal });
        const id = Math.floor(rng.next() * 65_536);
        const query = upstreamQuery({ question: questionOf('', RecordType.NS), recursionDesired: false, checkingDisabled: false, edns: undefined }, id);
        await askServer(query, upstream.at, { transport: 'udp', clock, signal, timeoutMs: TRY_MS, accepts: (answer) => answer.length >= 12 && answer.readUInt16BE(0) === id });
        upstream.failures = 0;
        if (asked >= FAILURES_MAX) logger.info('an upstream server answers again', { server: upstream.name });
        return;
      } catch (error) {
        if (isAbortError(error) || signal.aborted) return;
        upstream.failures++;
        metrics.checkFailed(upstream.name);
        if (upstream.failures === FAILURES_MAX) logger.warn('an upstream server does not answer', { server: upstream.name });
      }
    }
  }
}
