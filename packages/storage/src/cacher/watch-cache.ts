import { onAbort, type Clock } from '@kubernode/base';
import type { EtcdEvent } from '@kubernode/rpc';
import type { CachedObject } from '../store/cached-object.ts';
import type { StoredObject, WatchEvent, WatchOptions } from '../store/object-store.ts';
import { tooOldToWatch } from '../store/storage-errors.ts';
import { UnreadableValue, type ReadOutcome } from '../store/stored-values.ts';
import { EventRing, type RingBounds } from './event-ring.ts';
import { RingWatcher } from './ring-watcher.ts';
import { SharedReads } from './shared-reads.ts';
import { SortedIndex, type SortedSnapshot } from './sorted-index.ts';
import { WatchScopes } from './watch-scopes.ts';

export interface WatchCacheDependencies {
  prefix: string;
  ringBounds: RingBounds;
  clock: Pick<Clock, 'monotonicNow'>;
  appliedRevision: () => number;
}

/** Snapshots share almost everything with the present; these are for clients who read page by page. */
const KEPT_SNAPSHOTS_MAX = 8;

/** The state of one resource and its recent events, as of the feed's revision. Built from a load, then changed by events alone. */
export class WatchCache {
  readonly #dependencies: WatchCacheDependencies;
  readonly #index = new SortedIndex<CachedObject>();
  /** Keys whose values cannot be read now: nothing is known of their objects, so answers that would have them are not the cache's to give. */
  readonly #unreadable = new Map<string, UnreadableValue>();
  #onUnreadable: (() => void) | undefined;
  #ring: EventRing;
  readonly #scopes = new WatchScopes();
  readonly #reads = new SharedReads();
  /** By revision, for lists in pages. */
  readonly #kept = new Map<number, SortedSnapshot<CachedObject>>();

  /** `loadedAt`: the revision whose state `values` are. */
  constructor(dependencies: WatchCacheDependencies, loadedAt: number, values: Iterable<ReadOutcome>) {
    this.#dependencies = dependencies;
    this.#ring = new EventRing(dependencies.ringBounds, loadedAt);
    for (const value of values) {
      if (value instanceof UnreadableValue) this.#unreadable.set(this.#keyOf(value.etcdKey), value); else this.#index.set(value.object);
    }
  }

  get size(): number { return this.#index.size; }
  get watchers(): number { return this.#scopes.size; }

  get(key: string): CachedObject | undefined { return this.#index.get(key); }
  snapshot(): SortedSnapshot<CachedObject> { return this.#index.snapshot(); }

  /** Resolves once there is a value that cannot be read, or on abort. For one caller at a time. */
  async untilUnreadable(signal: AbortSignal): Promise<void> {
    if (this.#unreadable.size > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const link = onAbort(signal, resolve);
      this.#onUnreadable = () => { link[Symbol.dispose](); resolve(); };
    });
  }

  /** One of the keys that cannot be read. */
  get anyUnreadable(): string | undefined { return this.#unreadable.keys().next().value; }

  /** Whether a key that begins so cannot be read. */
  isUnreadable(keyPrefix: string): boolean {
    if (this.#unreadable.size === 0) return false;
    for (const key of this.#unreadable.keys()) if (key.startsWith(keyPrefix)) return true;
    return false;
  }

  /** `value`: what the event's value was read as; absent for a deletion. */
  apply({ kv: { key: etcdKey, modRevision: revision } }: EtcdEvent, value: ReadOutcome | undefined): void {
    if (value instanceof UnreadableValue) { this.#forget(value); return; }
    const key = this.#keyOf(etcdKey);
    if (this.#unreadable.size > 0) this.#unreadable.delete(key);
    const event = value === undefined ? this.#remove(key, revision) : this.#put(value.object);
    if (event === undefined) return;
    this.#scopes.offer(event, this.#ring.push(event, this.#dependencies.clock.monotonicNow()));
    if (this.#kept.size > 0) this.#dropOldSnapshots();
  }

  /** A list at this revision will go on: its next pages come from the same snapshot. */
  keepSnapshot(revision: number, snapshot: SortedSnapshot<CachedObject>): void {
    if (this.#kept.size >= KEPT_SNAPSHOTS_MAX) for (const oldest of this.#kept.keys()) { this.#kept.delete(oldest); break; }
    this.#kept.set(revision, snapshot);
  }

  /**
   * The state at an earlier revision: a snapshot that was kept, or today's with what happened since undone. `undone` has what the keys
   * that changed since then held at it (undefined: nothing). Undefined altogether when the ring does not reach back so far.
   */
  snapshotAt(revision: number): { snapshot: SortedSnapshot<StoredObject>; undone?: Map<string, StoredObject | undefined> } | undefined {
    this.#dropOldSnapshots(); // of a ring that began anew
    const kept = this.#kept.get(revision);
    if (kept !== undefined) return { snapshot: kept };
    const undone = this.#undoTo(revision);
    return undone === undefined ? undefined : { snapshot: this.snapshot(), undone };
  }

  watch(options: WatchOptions): RingWatcher {
    if (options.fromRevision < this.#ring.floor) throw tooOldToWatch(options.fromRevision, this.#ring.floor);
    const watcher = new RingWatcher(options, {
      ring: this.#ring, reads: this.#reads, appliedRevision: this.#dependencies.appliedRevision, onDispose: (disposed) => this.#scopes.remove(disposed),
    });
    this.#scopes.add(watcher);
    return watcher;
  }

  /** Ends all watchers: this cache is given up, and what happened meanwhile cannot be told. */
  failWatchers(): void {
    for (const watcher of this.#scopes) if (watcher instanceof RingWatcher) watcher.fail(tooOldToWatch(watcher.revision, this.#dependencies.appliedRevision()));
  }

  /** They would hold on to objects long dead, on a server where nobody asks for a next page any more. */
  #dropOldSnapshots(): void {
    for (const kept of this.#kept.keys()) if (kept < this.#ring.floor) this.#kept.delete(kept);
  }

  #undoTo(revision: number): Map<string, StoredObject | undefined> | undefined {
    if (revision < this.#ring.floor) return undefined;
    const undone = new Map<string, StoredObject | undefined>();
    for (let sequence = this.#ring.end - 1; sequence >= this.#ring.first; sequence--) {
      const event = this.#ring.at(sequence);
      if (event.revision <= revision) break;
      undone.set(event.object.key, event.previous);
    }
    return undone;
  }

  #put(object: CachedObject): WatchEvent {
    const { revision } = object;
    const previous = this.#index.set(object);
    return previous === undefined ? { type: 'ADDED', revision, object } : { type: 'MODIFIED', revision, object, previous };
  }

  #remove(key: string, revision: number): WatchEvent | undefined {
    const previous = this.#index.delete(key);
    return previous === undefined ? undefined : { type: 'DELETED', revision, object: previous.deletedAt(revision), previous };
  }

  /** What became of this object cannot be told, least of all that it is gone: all watchers end, and nobody begins before this event. */
  #forget(value: UnreadableValue): void {
    const key = this.#keyOf(value.etcdKey);
    this.#index.delete(key);
    this.#unreadable.set(key, value);
    this.#onUnreadable?.();
    this.failWatchers();
    this.#ring = new EventRing(this.#dependencies.ringBounds, value.revision);
  }

  #keyOf(etcdKey: string): string { return etcdKey.slice(this.#dependencies.prefix.length); }
}
