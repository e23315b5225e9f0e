import { exponentialBackoff, isAbortError, onAbort, type Clock, type Rng, type WaitOptions } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { EtcdError, type EtcdClient, type EtcdEvent } from '@kubernode/rpc';
import { createSharedRead } from './current-revision.ts';

/** Who takes the events of the keys below one prefix. */
export interface FeedSink {
  apply(event: EtcdEvent): void;
  /** Events were lost for good (compacted away, or etcd was restored from a backup): what was built from them has to be built anew. */
  reset(): void;
}

export interface EventFeedDependencies { etcd: EtcdClient; clock: Clock; rng: Rng; logger: Logger; onEvents?: ((count: number) => void) | undefined; onReconnect?: (() => void) | undefined }

const EVERY_KEY = '\0';
/** Reading this one costs nothing, and what it holds does not matter: the answer's header tells the revision. */
const REVISION_PROBE_KEY = 'compact_rev_key';
const RECONNECT_DELAY_MIN_MS = 50;
const RECONNECT_DELAY_MAX_MS = 2_000;

/**
 * One watch on all of etcd for all resources of a replica. Since it sees every key, it sees every revision: once etcd's current
 * revision is known, its events are certain to arrive, without asking for progress (whose answers overtake events in etcd before
 * 3.4.25 and 3.5.8). So one number, `revision`, says how new every cache is, and a consistent read is one tiny read and a short wait.
 *
 * After a broken stream it goes on from the last revision it has seen, and skips what it had of it: starting one later could miss
 * a deletion that was compacted meanwhile (etcd before 3.4.32 and 3.5.14 does not report it).
 */
export class EventFeed {
  readonly #dependencies: EventFeedDependencies;
  readonly #sinks = new Map<string, FeedSink>();
  readonly #waiters = new Map<number, Set<() => void>>();
  readonly #readRevision: () => Promise<number>;
  #revision = 0;
  #connected = false;

  constructor(dependencies: EventFeedDependencies) {
    this.#dependencies = dependencies;
    this.#readRevision = createSharedRead(async () => (await dependencies.etcd.range({ key: REVISION_PROBE_KEY, countOnly: true })).revision);
  }

  /** Every event up to this revision was given to the sinks; 0 before the feed began. */
  get revision(): number { return this.#revision; }
  /** False while the watch is broken. */
  get connected(): boolean { return this.#connected; }

  /** etcd's revision, not older than any write acknowledged before the call. */
  currentRevision(): Promise<number> { return this.#readRevision(); }

  /** From now on `sink` gets every event of keys below `prefix`, which ends in a slash. */
  subscribe(prefix: string, sink: FeedSink): Disposable {
    this.#sinks.set(prefix, sink);
    return { [Symbol.dispose]: () => { if (this.#sinks.get(prefix) === sink) this.#sinks.delete(prefix); } };
  }

  /** Resolves true once events up to `revision` were given out, false after `timeoutMs`; rejects on abort. */
  async reached(revision: number, { signal, timeoutMs }: WaitOptions & { timeoutMs: number }): Promise<boolean> {
    if (this.#revision >= revision) return true;
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => { timer[Symbol.dispose](); link[Symbol.dispose](); this.#removeWaiter(revision, wake); act(); };
      const wake = (): void => settle(() => resolve(true));
      const timer = this.#dependencies.clock.after(timeoutMs, () => settle(() => resolve(false)));
      this.#addWaiter(revision, wake);
      const link = onAbort(signal, () => settle(() => reject(signal?.reason as Error))); // an aborted signal has its error as reason
    });
  }

  /** Follows etcd until aborted; heals itself after every fault. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, rng, onReconnect } = this.#dependencies;
    const backoff = exponentialBackoff({ initialMs: RECONNECT_DELAY_MIN_MS, maxMs: RECONNECT_DELAY_MAX_MS, rng });
    while (!signal.aborted) {
      try {
        await this.#begin();
        await this.#follow(signal, () => backoff.reset());
      } catch (error) {
        if (signal.aborted || isAbortError(error)) break;
        if (error instanceof EtcdError && error.code === 'compacted') { await this.#restart(); continue; }
        logger.warn('The watch on etcd broke; it goes on from where it was', { revision: this.#revision, err: error });
      } finally { this.#connected = false; }
      onReconnect?.();
      await clock.sleep(backoff.next(), { signal }).catch(() => undefined); // only an abort rejects, and the loop sees it
    }
  }

  /** The first time: where to begin. Later: is etcd's history still the one that was followed? */
  async #begin(): Promise<void> {
    const current = await this.currentRevision();
    if (this.#revision === 0) this.#advance(current);
    else if (current < this.#revision) { this.#dependencies.logger.error('etcd went back in time, perhaps restored from a backup', { revision: this.#revision, current }); this.#reset(current); }
  }

  async #restart(): Promise<void> {
    this.#dependencies.logger.warn('etcd compacted events that were not read yet; all caches are loaded anew', { revision: this.#revision });
    this.#reset(await this.currentRevision().catch(() => this.#revision)); // when etcd is gone again, the next attempt ends here again
  }

  #reset(revision: number): void {
    this.#revision = revision;
    for (const sink of this.#sinks.values()) sink.reset();
    this.#advance(revision);
  }

  async #follow(signal: AbortSignal, onAlive: () => void): Promise<void> {
    const { etcd, onEvents } = this.#dependencies;
    for await (const { events } of etcd.watch({ key: EVERY_KEY, rangeEnd: EVERY_KEY, startRevision: this.#revision }, { signal })) {
      if (!this.#connected) { this.#connected = true; onAlive(); }
      const last = events.at(-1);
      if (last === undefined) continue;
      for (const event of events) if (event.kv.modRevision > this.#revision) this.#sinkOf(event.kv.key)?.apply(event);
      onEvents?.(events.length);
      if (last.kv.modRevision > this.#revision) this.#advance(last.kv.modRevision);
    }
  }

  #sinkOf(key: string): FeedSink | undefined {
    // Prefixes end in a slash and none holds another, so the first that fits is the one.
    for (let slash = key.indexOf('/', 1); slash > 0; slash = key.indexOf('/', slash + 1)) {
      const sink = this.#sinks.get(key.slice(0, slash + 1));
      if (sink !== undefined) return sink;
    }
    return undefined;
  }

  #advance(revision: number): void {
    this.#revision = revision;
    for (const [wanted, wakes] of this.#waiters) if (wanted <= revision) for (const wake of [...wakes]) wake();
  }

  #addWaiter(revision: number, wake: () => void): void {
    const wakes = this.#waiters.get(revision);
    if (wakes === undefined) this.#waiters.set(revision, new Set([wake])); else wakes.add(wake);
  }

  #removeWaiter(revision: number, wake: () => void): void {
    const wakes = this.#waiters.get(revision);
    wakes?.delete(wake);
    if (wakes?.size === 0) this.#waiters.delete(revision);
  }
}
