import type { GroupResource } from '@kubernode/apimachinery';
import { exponentialBackoff, isAbortError, onAbort } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { EtcdError, type EtcdEvent } from '@kubernode/rpc';
import type { StorageBackend } from '../backend.ts';
import type { RingBounds } from '../cacher/event-ring.ts';
import { EventLine } from '../cacher/event-line.ts';
import { WatchCache, type WatchCacheDependencies } from '../cacher/watch-cache.ts';
import { readingOf, type AttributesOf } from './cached-object.ts';
import { EtcdReader } from './etcd-reader.ts';
import { listPage } from './list-page.ts';
import type { Freshness, ListOptions, ListPage, ObjectStore, ReadOptions, StoredObject, UpdateResult, Watcher, WatchOptions, WriteOptions } from './object-store.ts';
import { ObjectWriter } from './object-writer.ts';
import { initializing, statusOfEtcdFault, tooLargeRevision, tooOldToWatch, type StorageVerb } from './storage-errors.ts';
import type { RingWatcher } from '../cacher/ring-watcher.ts';
import { normaliseJson, StoredValues, type Normalise } from './stored-values.ts';

export interface ObjectStoreOptions {
  backend: StorageBackend;
  /** `/registry/pods/`, with its slash; the backend knows where that is. */
  prefix: string;
  /** How messages and metrics name it. */
  resource: GroupResource;
  attributesOf: AttributesOf;
  /** For values that are not canonical JSON; JSON in another order is understood by default. */
  normalise?: Normalise | undefined;
  ringBounds?: Partial<RingBounds> | undefined;
}

/** An ObjectStore whose cache lives while `run` does. It answers before, too, straight from etcd, except for watches. */
export interface RunnableObjectStore extends ObjectStore {
  /** Loads the cache and keeps it up to date until aborted; the backend has to run as well. */
  run(signal: AbortSignal): Promise<void>;
  /** How many objects the cache holds. */
  readonly size: number;
  /** How many watchers are open. */
  readonly watchers: number;
}

/** At 1 KB an object, ten megabytes of history; Kubernetes keeps between 100 and 100,000, and what is younger than 75 s: a request's minute and a slow link. */
const RING_BOUNDS: RingBounds = { countMax: 10_000, bytesMax: 32 * 1024 * 1024, ageMsMax: 75_000, countMin: 100 };
/** How long a read waits for its revision, as in Kubernetes. */
const FRESH_TIMEOUT_MS = 3_000;
const RELOAD_DELAY_MIN_MS = 100;
const RELOAD_DELAY_MAX_MS = 5_000;
/** Events that may arrive during a load; with more, it begins anew. */
const LOAD_BACKLOG_MAX = 100_000;
/** How often it is looked whether a value that could not be read can be by now. */
const UNREADABLE_RETRY_MS = 10_000;

export function createObjectStore(options: ObjectStoreOptions): RunnableObjectStore { return new EtcdObjectStore(options); }

class EtcdObjectStore implements RunnableObjectStore {
  readonly prefix: string;
  readonly #backend: StorageBackend;
  readonly #resource: GroupResource;
  readonly #logger: Logger;
  readonly #cacheDependencies: WatchCacheDependencies;
  readonly #values: StoredValues;
  readonly #reader: EtcdReader;
  readonly #writer: ObjectWriter;
  /** Undefined until loaded and while it is rebuilt. */
  #cache: WatchCache | undefined;
  /** The way into the cache: keeps events in order while values are opened. */
  #line: EventLine | undefined;

  constructor({ backend, prefix: path, resource, attributesOf, normalise = normaliseJson, ringBounds }: ObjectStoreOptions) {
    const prefix = backend.keyOf(path);
    this.prefix = prefix;
    this.#backend = backend;
    this.#resource = resource;
    this.#logger = backend.logger.child({ resource: resource.resource, group: resource.group });
    this.#cacheDependencies = { prefix, ringBounds: { ...RING_BOUNDS, ...ringBounds }, clock: backend.clock, appliedRevision: () => this.revision };
    const reading = readingOf(attributesOf);
    this.#values = new StoredValues({ prefix, resource, reading, normalise, transformer: () => backend.transformers?.transformerFor(resource), logger: this.#logger, metrics: backend.metrics });
    this.#reader = new EtcdReader({ backend, prefix, resource, read: (kv) => this.#values.read(kv) });
    this.#writer = new ObjectWriter({
      backend, prefix, resource, reading, seal: (bytes, etcdKey) => this.#values.seal(bytes, etcdKey),
      cached: (key) => this.#cache?.get(key), read: async (key, signal) => (await this.#reader.get(key, signal)).value, valueOf: (kv) => this.#reader.require(kv),
    });
  }

  get revision(): number { return Math.min(this.#backend.feed.revision, this.#line?.passedRevision ?? Infinity); }
  get ready(): boolean { return this.#cache !== undefined; }
  get size(): number { return this.#cache?.size ?? 0; }
  get watchers(): number { return this.#cache?.watchers ?? 0; }

  get(key: string, { freshness, signal }: ReadOptions): Promise<StoredObject | undefined> {
    return this.#answering('get', async () => {
      if (freshness.kind === 'exact') return (await this.#listExact({ keyPrefix: key, limit: 1, freshness, signal, matches: (_, object) => object.key === key }, freshness.revision)).items[0];
      if (await this.#isFresh(freshness, signal) && this.#cache !== undefined) {
        const cached = this.#cache.get(key);
        if (cached !== undefined || !this.#cache.isUnreadable(key)) return cached;
      }
      const { revision, value } = await this.#reader.get(key, signal);
      assertNotOlder(freshness, revision);
      return value?.object;
    });
  }

  list(options: ListOptions): Promise<ListPage> {
    return this.#answering('list', async () => {
      const { freshness, signal } = options;
      if (freshness.kind === 'exact') return this.#listExact(options, freshness.revision);
      if (await this.#isFresh(freshness, signal) && this.#cache?.isUnreadable(options.keyPrefix) === false) return this.#listCached(this.#cache, options);
      const page = await this.#reader.list(options, undefined);
      assertNotOlder(freshness, page.revision);
      return page;
    });
  }

  create(key: string, bytes: Buffer, options: Parameters<ObjectStore['create']>[2]): Promise<StoredObject> {
    return this.#answering('create', () => this.#writer.create(key, bytes, options));
  }

  update(key: string, change: Parameters<ObjectStore['update']>[1], options: WriteOptions): Promise<UpdateResult> {
    return this.#answering('update', () => this.#writer.update(key, change, options));
  }

  watch(options: WatchOptions): Watcher {
    if (this.#cache === undefined) throw initializing();
    const watcher = this.#cache.watch(options);
    if (options.fromRevision <= this.#backend.feed.startedAt) void this.#failIfCompacted(watcher, options.fromRevision);
    return watcher;
  }

  async run(signal: AbortSignal): Promise<void> {
    const backoff = exponentialBackoff({ initialMs: RELOAD_DELAY_MIN_MS, maxMs: RELOAD_DELAY_MAX_MS, rng: this.#backend.rng });
    using counting = this.#backend.metrics.countObjects(this.#resource, () => this.size);
    void counting;
    while (!signal.aborted) {
      try {
        await this.#serveUntilReset(signal, () => backoff.reset());
      } catch (error) {
        if (signal.aborted || isAbortError(error)) break;
        this.#logger.warn('Loading the cache failed', { err: error });
        await this.#backend.clock.sleep(backoff.next(), { signal }).catch(() => undefined); // only an abort rejects, and the loop sees it
      }
    }
  }

  /**
   * One life of the cache: subscribe, load the state of the revision up to which the feed has given events, replay what it gave since,
   * follow. The cache serves once it has what etcd had when it was loaded. Ends when the feed has lost events.
   */
  async #serveUntilReset(signal: AbortSignal, onLoaded: () => void): Promise<void> {
    const { feed, metrics, clock } = this.#backend;
    while (!await feed.reached(1, { signal, timeoutMs: FRESH_TIMEOUT_MS })); // the feed has to have begun
    const life = new AbortController();
    using aborting = onAbort(signal, () => life.abort());
    void aborting;
    const backlog: EtcdEvent[] = [];
    let cache: WatchCache | undefined;
    const line = new EventLine({
      clock, read: (kv) => this.#writer.ownWrite(kv) ?? this.#values.read(kv),
      apply: (event, value) => { this.#writer.observe(event); cache?.apply(event, value); }, onOverflow: () => life.abort(),
    });
    using subscription = feed.subscribe(this.prefix, {
      apply: (event) => {
        if (cache !== undefined) line.push(event);
        else if (backlog.push(event) > LOAD_BACKLOG_MAX) life.abort();
      },
      reset: () => life.abort(),
    });
    void subscription;
    const loadedAt = feed.revision;
    this.#writer.forgetOwnWrites();
    try {
      const { current, values } = await this.#reader.load(loadedAt, life.signal);
      if (life.signal.aborted) return;
      cache = new WatchCache(this.#cacheDependencies, loadedAt, values);
      for (const event of backlog.splice(0)) line.push(event);
      const wait = { signal: life.signal, timeoutMs: FRESH_TIMEOUT_MS };
      while (!(await feed.reached(current, wait) && await line.passed(current, wait))); // a state from before would be a step back for clients of other replicas
      this.#cache = cache;
      this.#line = line;
      metrics.cacheInitializations.inc({ group: this.#resource.group, resource: this.#resource.resource });
      onLoaded();
      await this.#untilReadable(cache, life.signal);
    } catch (error) {
      if (!life.signal.aborted) throw error;
    } finally {
      const ended = this.#cache;
      this.#cache = undefined;
      this.#line = undefined;
      line.clear();
      ended?.failWatchers();
    }
  }

  /** Resolves on abort, or once a value that could not be read can be: then a load brings everything in order again. */
  async #untilReadable(cache: WatchCache, signal: AbortSignal): Promise<void> {
    const { clock } = this.#backend;
    for (;;) {
      await cache.untilUnreadable(signal);
      await clock.sleep(UNREADABLE_RETRY_MS, { signal }).catch(() => undefined); // only an abort rejects
      if (signal.aborted) return;
      const key = cache.anyUnreadable;
      if (key !== undefined && await this.#reader.get(key, signal).then(() => true, () => false)) return;
    }
  }

  /** Waits as the freshness asks for; false when the cache cannot answer and etcd has to. */
  async #isFresh(freshness: Exclude<Freshness, { kind: 'exact' }>, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.ready) return false;
    if (freshness.kind === 'any') return true;
    const wanted = freshness.kind === 'notOlderThan' ? freshness.revision : await this.#backend.feed.currentRevision();
    signal?.throwIfAborted();
    const reached = this.revision >= wanted || await this.#reached(wanted, signal);
    if (!reached && freshness.kind === 'notOlderThan') throw tooLargeRevision(wanted, this.revision);
    return reached && this.ready;
  }

  async #reached(revision: number, signal: AbortSignal | undefined): Promise<boolean> {
    const { feed, clock, metrics } = this.#backend;
    if (this.revision >= revision) return true;
    const startedMs = clock.monotonicNow();
    const wait = { signal, timeoutMs: FRESH_TIMEOUT_MS };
    try { return await feed.reached(revision, wait) && (this.#line === undefined || await this.#line.passed(revision, wait)); } finally {
      metrics.readWaitSeconds.observe({ group: this.#resource.group, resource: this.#resource.resource }, (clock.monotonicNow() - startedMs) / 1000);
    }
  }

  async #listCached(cache: WatchCache, options: ListOptions): Promise<ListPage> {
    this.#countCacheList();
    const revision = this.revision;
    const snapshot = cache.snapshot();
    const page = await listPage({ revision, snapshot }, options, this.#backend.clock);
    if (page.nextKey !== undefined) cache.keepSnapshot(revision, snapshot);
    return page;
  }

  async #listExact(options: ListOptions, revision: number): Promise<ListPage> {
    if (revision > this.revision && this.ready && !await this.#reached(revision, options.signal)) throw tooLargeRevision(revision, this.revision);
    const isHistory = this.#backend.feed.isHistory(revision); // etcd tells whether it has that still
    const past = isHistory || revision > this.revision || this.#cache?.isUnreadable(options.keyPrefix) === true ? undefined : this.#cache?.snapshotAt(revision);
    if (past === undefined) return this.#reader.list(options, revision);
    this.#countCacheList();
    return listPage({ revision, ...past }, options, this.#backend.clock);
  }

  #countCacheList(): void {
    this.#backend.metrics.cacheLists.inc({ group: this.#resource.group, resource: this.#resource.resource, index: '' });
  }

  /** The history from before this replica is told only as long as etcd has it, so that all replicas call the same revisions too old. */
  async #failIfCompacted(watcher: RingWatcher, fromRevision: number): Promise<void> {
    const { feed } = this.#backend;
    try { await feed.assertKept(fromRevision); } catch (error) {
      if (error instanceof EtcdError && error.code === 'compacted') watcher.fail(tooOldToWatch(fromRevision, feed.startedAt));
    }
  }

  async #answering<T>(verb: StorageVerb, answer: () => Promise<T>): Promise<T> {
    try { return await answer(); } catch (error) { throw statusOfEtcdFault(error, verb, this.#resource); }
  }
}

function assertNotOlder(freshness: Freshness, revision: number): void {
  if (freshness.kind === 'notOlderThan' && revision < freshness.revision) throw tooLargeRevision(freshness.revision, revision);
}
