import type { GroupResource } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { EtcdEvent } from '@kubernode/rpc';
import { canonicalBytes, metadataOffset } from '../store/canonical.ts';
import { objectFromEtcd, type AttributesOf, type CachedObject } from '../store/cached-object.ts';
import type { StoredObject, Watcher, WatchEvent, WatchOptions } from '../store/object-store.ts';
import { tooOldToWatch } from '../store/storage-errors.ts';
import type { StorageMetrics } from '../metrics.ts';
import { EventRing, type RingBounds } from './event-ring.ts';
import { RingWatcher } from './ring-watcher.ts';
import { SortedIndex, type SortedSnapshot } from './sorted-index.ts';
import { WatchScopes } from './watch-scopes.ts';

/** Makes canonical bytes of a value that is stored in another form: by another writer, or sealed. `etcdKey` is the full key. Throws when it cannot. */
export type Normalise = (value: Buffer, etcdKey: string) => Buffer;

export interface WatchCacheDependencies {
  prefix: string;
  resource: GroupResource;
  attributesOf: AttributesOf;
  normalise: Normalise;
  ringBounds: RingBounds;
  appliedRevision: () => number;
  logger: Logger;
  metrics: StorageMetrics;
}

/** Snapshots share almost everything with the present; these are for clients who read page by page. */
const KEPT_SNAPSHOTS_MAX = 8;

/** The state of one resource and its recent events, as of the feed's revision. Built from a load, then changed by events alone. */
export class WatchCache {
  readonly #dependencies: WatchCacheDependencies;
  readonly #index = new SortedIndex<CachedObject>();
  readonly #ring: EventRing;
  readonly #scopes = new WatchScopes();
  /** By revision, for lists in pages. */
  readonly #kept = new Map<number, SortedSnapshot<CachedObject>>();

  /** `loadedAt`: the revision whose state `objects` are. */
  constructor(dependencies: WatchCacheDependencies, loadedAt: number, objects: Iterable<CachedObject>) {
    this.#dependencies = dependencies;
    this.#ring = new EventRing(dependencies.ringBounds, loadedAt);
    for (const object of objects) this.#index.set(object);
  }

  get size(): number { return this.#index.size; }
  get watchers(): number { return this.#scopes.size; }

  get(key: string): CachedObject | undefined { return this.#index.get(key); }
  snapshot(): SortedSnapshot<CachedObject> { return this.#index.snapshot(); }

  apply({ type, kv }: EtcdEvent): void {
    const key = kv.key.slice(this.#dependencies.prefix.length);
    const event = type === 'delete' ? this.#remove(key, kv.modRevision) : this.#put(key, kv.modRevision, kv.value);
    if (event === undefined) return;
    this.#scopes.offer(event, this.#ring.push(event));
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
    for (const kept of this.#kept.keys()) if (kept < this.#ring.floor) this.#kept.delete(kept); // would hold on to objects long dead
    const kept = this.#kept.get(revision);
    if (kept !== undefined) return { snapshot: kept };
    const undone = this.#undoTo(revision);
    return undone === undefined ? undefined : { snapshot: this.snapshot(), undone };
  }

  watch({ fromRevision, keyPrefix, exactKey, field }: WatchOptions): Watcher {
    if (fromRevision < this.#ring.floor) throw tooOldToWatch(fromRevision, this.#ring.floor);
    const watcher = new RingWatcher({ fromRevision, keyPrefix, exactKey, field }, {
      ring: this.#ring, appliedRevision: this.#dependencies.appliedRevision, onDispose: (disposed) => this.#scopes.remove(disposed),
    });
    this.#scopes.add(watcher);
    return watcher;
  }

  /** Ends all watchers: this cache is given up, and what happened meanwhile cannot be told. */
  failWatchers(): void {
    for (const watcher of this.#scopes) if (watcher instanceof RingWatcher) watcher.fail(tooOldToWatch(watcher.revision, this.#dependencies.appliedRevision()));
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

  #put(key: string, revision: number, value: Buffer): WatchEvent | undefined {
    const object = readObject(this.#dependencies, key, revision, value);
    if (object === undefined) return this.#remove(key, revision); // unreadable now: to readers it is gone
    const previous = this.#index.set(object);
    return previous === undefined ? { type: 'ADDED', revision, object } : { type: 'MODIFIED', revision, object, previous };
  }

  #remove(key: string, revision: number): WatchEvent | undefined {
    const previous = this.#index.delete(key);
    return previous === undefined ? undefined : { type: 'DELETED', revision, object: previous.deletedAt(revision), previous };
  }
}

/** The object of a value from etcd; undefined, logged and counted, when it cannot be read. */
export function readObject({ prefix, resource, attributesOf, normalise, logger, metrics }: WatchCacheDependencies, key: string, revision: number, value: Buffer): CachedObject | undefined {
  try {
    const canonical = metadataOffset(value) > 0 ? value : normalise(value, prefix + key);
    return objectFromEtcd(key, revision, canonical, attributesOf);
  } catch (error) {
    metrics.decodeErrors.inc({ group: resource.group, resource: resource.resource });
    logger.error('A stored value cannot be read and is left out', { key: prefix + key, revision, error: errorMessage(error) });
    return undefined;
  }
}

/** For values that are JSON in another order. */
export function normaliseJson(value: Buffer): Buffer {
  const object: unknown = JSON.parse(value.toString('utf8'));
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw new TypeError('the value is not a JSON object');
  return canonicalBytes(object as Readonly<Record<string, unknown>>); // just checked
}
