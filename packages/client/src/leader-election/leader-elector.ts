import { isAlreadyExists, isConflict, isNotFound } from '@kubernode/apimachinery';
import { coordinationV1Resources, type coordinationV1 } from '@kubernode/api';
import { errorMessage, isAbortError, linkSignals, onAbort, timeLimit, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Client, Fence } from '../client.ts';
import { ResourceInformer } from '../informer/resource-informer.ts';
import { LeaseHolder } from './lease-holder.ts';
import { decide, electionTimes, heldSpec, releasedSpec, type ElectionTimes, type ObservedLease } from './lease-record.ts';

export interface LeaderElectorOptions {
  client: Client;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  namespace: string;
  name: string;
  /** Unlike that of any other process: `HOST_UUID`. */
  identity: string;
  times?: ElectionTimes;
  /** Called when this process takes or loses the lead. */
  onChange?: ((leading: boolean) => void) | undefined;
}

const leases = coordinationV1Resources.leases;
const RELEASE_TIMEOUT_MS = 2000;

/**
 * One leader among the processes that share a Lease. Candidates watch it, so a released one changes hands at once; one whose holder
 * died is taken when it has not changed for its duration by the candidate's own clock. A holder that cannot renew stops acting
 * at its renew deadline, before anyone may take over.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #times: ElectionTimes;
  readonly #informer: ResourceInformer<coordinationV1.Lease>;
  #observed: ObservedLease | undefined;
  #wake: (() => void) | undefined;
  #leading = false;
  #holder: LeaseHolder | undefined;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#times = options.times ?? electionTimes;
    const { client, clock, rng, logger, namespace, name } = options;
    this.#informer = new ResourceInformer(leases, { namespace, fieldSelector: `metadata.name=${name}` }, { client, clock, rng, logger });
  }

  get leading(): boolean { return this.#leading; }

  /** For a client's `fence`: the lease and epoch under which this process writes, where the servers hold the lease. */
  fence(): Fence | undefined { return this.#holder?.fence; }

  /**
   * Until aborted: becomes a candidate, and each time it has the lead runs `lead`, whose signal is aborted when the lead is lost.
   * Ends when `lead` has ended and the lease is given back.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    const watching = linkSignals(signal);
    using _link = watching;
    using _listener = this.#informer.onChange(({ object }) => { this.#see(object); });
    const informing = this.#informer.run(watching.signal);
    try {
      await this.#informer.synced(signal);
      while (!signal.aborted) {
        await this.#acquire(signal);
        const startedMs = clock.monotonicNow();
        await this.#holdWhile(signal, lead);
        const shortMs = this.#times.retryPeriodMs - (clock.monotonicNow() - startedMs);
        if (shortMs > 0) await clock.sleep(shortMs, { signal }); // a term that ends at once is not tried again at once
      }
    } catch (error) {
      if (!isAbortError(error) || !signal.aborted) throw error;
    } finally {
      watching.abort();
      await informing;
    }
  }

  #see(lease: coordinationV1.Lease | undefined): void {
    const known = this.#observed?.lease.metadata.resourceVersion;
    if (lease === undefined) this.#observed = undefined;
    else if (known !== lease.metadata.resourceVersion) this.#observed = { lease, sinceMs: this.#options.clock.monotonicNow() };
    this.#wake?.();
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const { clock, rng, identity } = this.#options;
    for (;;) {
      const verdict = decide(this.#observed, identity, clock.monotonicNow(), this.#times);
      if (verdict.action === 'wait') { await this.#wait(verdict.ms, signal); continue; }
      const judged = this.#observed;
      if (await this.#tryWrite(verdict.action === 'create' ? undefined : verdict.lease, signal)) return;
      if (this.#observed !== judged) continue; // somebody else wrote meanwhile: that is to be judged, not waited for
      await this.#wait(this.#times.retryPeriodMs * (0.5 + rng.next()), signal);
    }
  }

  /** Runs `lead` and renews; on return nothing of `lead` runs any more. */
  async #holdWhile(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { logger, identity, name, onChange } = this.#options;
    const term = linkSignals(signal);
    using _link = term;
    this.#leading = true;
    logger.info('successfully acquired lease', { lease: name, identity });
    onChange?.(true);
    let failure: { error: unknown } | undefined;
    const holding = await this.#hold(term);
    const leading = lead(term.signal).catch((error: unknown) => { if (!isAbortError(error) || !term.signal.aborted) failure = { error }; }).finally(() => { term.abort(); });
    await this.#renew(term.signal);
    this.#leading = false; // from here on nothing may act
    term.abort();
    await leading;
    await holding?.ended;
    this.#holder = undefined;
    onChange?.(false);
    logger.info('stopped leading', { lease: name, identity });
    await this.#release();
    if (failure !== undefined) throw failure.error;
  }

  /**
   * Has the servers hold the lease, where they offer that, and ends the term when they no longer do. Returns once they do hold it, with a promise
   * for the end of it: from then on a leader that dies is replaced within a second, and one that was frozen can change nothing.
   */
  async #hold(term: AbortController): Promise<{ ended: Promise<void> } | undefined> {
    const { client, clock, logger, namespace, name, identity } = this.#options;
    if (client.holdLease === undefined) return undefined;
    const holder = new LeaseHolder({ client, clock, logger, hold: { namespace, lease: name, holder: identity, epoch: this.#observed?.lease.spec?.leaseTransitions ?? 0 } });
    this.#holder = holder;
    const running = holder.run(term.signal).finally(() => { term.abort(); });
    await Promise.race([holder.held(term.signal), running]);
    return { ended: running };
  }

  /** Returns when the lead is over: aborted, taken by another, or not renewed in time. */
  async #renew(signal: AbortSignal): Promise<void> {
    const { clock, identity, logger, name } = this.#options;
    let renewedMs = clock.monotonicNow();
    while (!signal.aborted) {
      await this.#wait(this.#times.retryPeriodMs, signal, { wakeable: false }).catch(() => undefined); // aborted: the loop's condition sees it
      if (signal.aborted) return;
      const leftMs = renewedMs + this.#times.renewDeadlineMs - clock.monotonicNow();
      const holder = this.#observed?.lease.spec?.holderIdentity;
      if (leftMs <= 0 || (holder !== undefined && holder !== identity)) {
        logger.warn('lost the lead', { lease: name, holder: holder ?? '', late: leftMs <= 0 });
        return;
      }
      const startedMs = clock.monotonicNow();
      using attempt = timeLimit({ clock, ms: leftMs }, signal);
      if (await this.#tryWrite(this.#observed?.lease, attempt.signal).catch(() => false)) renewedMs = startedMs;
    }
  }

  /** Writes this process as the holder; false when another was faster or no server answered. */
  async #tryWrite(lease: coordinationV1.Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { client, clock, namespace, name, identity, logger } = this.#options;
    const spec = heldSpec(lease?.spec, identity, clock.now(), this.#times);
    try {
      const written = lease === undefined
        ? await client.create(leases, { metadata: { name, namespace }, spec }, { signal })
        : await client.update(leases, { ...lease, spec }, { signal });
      this.#see(written);
      return true;
    } catch (error) {
      if (isAbortError(error)) throw error;
      if (!isConflict(error) && !isAlreadyExists(error)) logger.warn('failed to write the lease', { lease: name, error: errorMessage(error) });
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) await this.#reread(signal);
      return false;
    }
  }

  /** After a conflict: what is stored now, without waiting for the watch. */
  async #reread(signal: AbortSignal): Promise<void> {
    const { client, namespace, name } = this.#options;
    try { this.#see(await client.get(leases, { namespace, name }, { signal })); } catch (error) {
      if (isNotFound(error)) this.#see(undefined);
      else if (isAbortError(error)) throw error;
      else this.#options.logger.debug('failed to read the lease', { lease: name, error: errorMessage(error) });
    }
  }

  async #release(): Promise<void> {
    const { client, clock, logger, identity, name } = this.#options;
    const lease = this.#observed?.lease;
    if (lease?.spec?.holderIdentity !== identity) return;
    using limit = timeLimit({ clock, ms: RELEASE_TIMEOUT_MS });
    try {
      this.#see(await client.update(leases, { ...lease, spec: releasedSpec(lease.spec, clock.now()) }, { signal: limit.signal }));
    } catch (error) {
      logger.warn('failed to release the lease', { lease: name, error: errorMessage(error) });
    }
  }

  /** Until `ms` have passed or, if wakeable, the lease changed. */
  async #wait(ms: number, signal: AbortSignal, { wakeable = true } = {}): Promise<void> {
    const { clock } = this.#options;
    if (!wakeable) { await clock.sleep(ms, { signal }); return; }
    await new Promise<void>((resolve) => {
      const finish = (): void => { this.#wake = undefined; timer[Symbol.dispose](); link[Symbol.dispose](); resolve(); };
      const timer = clock.after(ms, finish);
      const link = onAbort(signal, () => { this.#wake = undefined; timer[Symbol.dispose](); resolve(); });
      this.#wake = finish;
    });
    signal.throwIfAborted();
  }
}
