import { exponentialBackoff, isAbortError, onAbort, type Clock, type Rng, type WaitOptions } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { EtcdError, type EtcdClient, type EtcdEvent, type KeyValue } from '@kubernode/rpc';
import { COMPACT_REVISION_KEY } from '../compaction/compactor.ts';
import { createSharedRead } from './current-revision.ts';

/** Who takes the events of the keys below one prefix. */
export interface FeedSink {
  apply(event: EtcdEvent): void;
  /** Events were lost for good (compacted away, or etcd was restored from a backup): what was built from them has to be built anew. */
  reset(): void;
}

export interface EventFeedDependencies { etcd: EtcdClient; clock: Clock; rng: Rng; logger: Logger; onEvents?: ((count: number) => void) | undefined; onReconnect?: (() => void) | undefined }

const EVERY_KEY = '\0';
/**
 * How far back a replica begins that has just started: as many events as one ring holds. So a client that watched through another
 * replica, or through this one before its restart, goes on here where it was, and need not list everything again.
 */
const HISTORY_REVISIONS_MAX = 10_000;
/** Clients come back together after a restart: they share a look at etcd. */
const KEPT_FOR_MS = 1_000;
const RECONNECT_DELAY_MIN_MS = 50;
const RECONNECT_DELAY_MAX_MS = 2_000;

/**
 * One watch on all of etcd for all resources of a replica. Since it sees every key, it sees every revision: once etcd's current
 * revision is known, its events are certain to arrive, without asking for progress (whose answers overtake events in etcd before
 * 3.4.25 and 3.5.8). So one number, `revision`, says how new every cache is, and a consistent read is one tiny read and a short wait.
 *
 * After a broken stream it goes on from the last revision it has seen, not from the next: so what comes first shows whether etcd's
 * history is still the one that was followed, or that of a backup (nothing else tells, once that has grown as long), and whether a
 * deletion was compacted meanwhile (etcd before 3.4.32 and 3.5.14 does not report it).
 */
export class EventFeed {
  readonly #dependencies: EventFeedDependencies;
  readonly #sinks = new Map<string, FeedSink>();
  readonly #waiters = new Map<number, Set<() => void>>();
  readonly #readRevision: () => Promise<number>;
  #revision = 0;
  #startedAt = 0;
  /** The last compaction that was announced. */
  #compactedTo = 0;
  /** The lowest revision after which etcd was found to have all events, and when. */
  #kept = { revision: Infinity, atMs: -Infinity };
  /** The last event at `#revision`; undefined where the feed began without having seen one. */
  #last: EtcdEvent | undefined;

  constructor(dependencies: EventFeedDependencies) {
    this.#dependencies = dependencies;
    this.#readRevision = createSharedRead(async () => (await dependencies.etcd.range({ key: COMPACT_REVISION_KEY, countOnly: true })).revision);
  }

  /** Every event up to this revision was given to the sinks; 0 before the feed began. */
  get revision(): number { return this.#revision; }

  /** etcd's revision when the feed began: what is older comes from etcd's history. */
  get startedAt(): number { return this.#startedAt; }

  /** Whether only etcd can tell if the state at a revision is still to be had: so all replicas call the same revisions gone. */
  isHistory(revision: number): boolean { return revision <= this.#startedAt || revision < this.#compactedTo; }

  /** Rejects with an EtcdError `compacted` when etcd has forgotten what happened after the revision; what was found a moment ago holds. */
  async assertKept(revision: number): Promise<void> {
    const { etcd, clock } = this.#dependencies;
    const now = clock.monotonicNow();
    if (revision >= this.#kept.revision && now - this.#kept.atMs < KEPT_FOR_MS) return;
    await etcd.range({ key: COMPACT_REVISION_KEY, countOnly: true, revision });
    this.#kept = { revision, atMs: now };
  }

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
        if (error instanceof LostEvents || (error instanceof EtcdError && error.code === 'compacted')) { await this.#restart(error.message); continue; }
        logger.warn('The watch on etcd broke; it goes on from where it was', { revision: this.#revision, err: error });
      }
      onReconnect?.();
      await clock.sleep(backoff.next(), { signal }).catch(() => undefined); // only an abort rejects, and the loop sees it
    }
  }

  /** The first time: where to begin. Later: is etcd's history still the one that was followed, as far as its length tells? */
  async #begin(): Promise<void> {
    if (this.#revision === 0) { this.#advance(await this.#startOfHistory()); return; }
    const current = await this.currentRevision();
    if (current < this.#revision) throw new LostEvents(`etcd went back in time to revision ${current}, perhaps restored from a backup`);
  }

  async #startOfHistory(): Promise<number> {
    const { revision, kvs: [compacted] } = await this.#dependencies.etcd.range({ key: COMPACT_REVISION_KEY });
    this.#startedAt = revision;
    // Should another have compacted more, the watch says so, and the feed begins at the present.
    return Math.max(revision - HISTORY_REVISIONS_MAX, compacted === undefined ? 0 : Math.min(compactedRevision(compacted), revision), 1);
  }

  async #restart(reason: string): Promise<void> {
    this.#dependencies.logger.error('Events of etcd are lost; all caches are loaded anew', { revision: this.#revision, reason });
    this.#reset(await this.currentRevision().catch(() => this.#revision)); // when etcd is gone again, the next attempt ends here again
  }

  #reset(revision: number): void {
    this.#revision = this.#startedAt = revision;
    this.#last = undefined;
    for (const sink of this.#sinks.values()) sink.reset();
    this.#advance(revision);
  }

  async #follow(signal: AbortSignal, onAlive: () => void): Promise<void> {
    const { etcd, onEvents } = this.#dependencies;
    let continues = this.#last;
    for await (const { events } of etcd.watch({ key: EVERY_KEY, rangeEnd: EVERY_KEY, startRevision: this.#revision }, { signal })) {
      onAlive();
      const last = events.at(-1);
      if (last === undefined) continue;
      if (continues !== undefined && !events.some((event) => isSame(event, continues as EtcdEvent))) throw new LostEvents(`etcd has other events at revision ${this.#revision} than before`); // checked in the same expression
      continues = undefined;
      for (const event of events) if (event.kv.modRevision > this.#revision) this.#give(event);
      onEvents?.(events.length);
      if (last.kv.modRevision > this.#revision) { this.#last = last; this.#advance(last.kv.modRevision); }
    }
  }

  #give(event: EtcdEvent): void {
    if (event.kv.key === COMPACT_REVISION_KEY) this.#compactedTo = compactedRevision(event.kv);
    this.#sinkOf(event.kv.key)?.apply(event);
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

/** Up to where history is gone; 0 for what the key cannot have meant. */
function compactedRevision({ value }: KeyValue): number {
  const revision = Number(value.toString('latin1'));
  return Number.isSafeInteger(revision) ? revision : 0;
}

/** What the caches were built from cannot be continued. */
class LostEvents extends Error {}

function isSame({ type, kv }: EtcdEvent, { type: typeBefore, kv: before }: EtcdEvent): boolean {
  const facts: readonly (keyof KeyValue)[] = ['key', 'modRevision', 'createRevision', 'version'];
  return type === typeBefore && facts.every((fact) => kv[fact] === before[fact]) && kv.value.equals(before.value);
}
