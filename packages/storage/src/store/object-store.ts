/**
 * One stored object, shared by all readers and never changed.
 * `bytes` is canonical JSON: `{"kind":…,"apiVersion":…,"metadata":{"resourceVersion":"REV",…},…}`, ready to be sent.
 */
export interface StoredObject {
  /** Below the resource's prefix: `NAMESPACE/NAME`, or `NAME` for cluster-scoped ones. */
  readonly key: string;
  /** etcd's mod revision: the resourceVersion. A safe integer: at 10,000 writes a second they last 28,000 years. */
  readonly revision: number;
  readonly bytes: Buffer;
  /** Labels and selectable fields, found on first use and kept: what selectors match against. */
  readonly attributes: ObjectAttributes;
  /** The object itself, shared by all who ask and never changed; kept for as long as it is likely to be asked for again. */
  read<T>(): Readonly<T>;
  /** A fresh private copy of the object, the caller's to change. */
  decode<T>(): T;
}

export interface ObjectAttributes {
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

export type ObjectPredicate = (attributes: ObjectAttributes, object: StoredObject) => boolean;

/** How old an answer may be. */
export type Freshness =
  | { kind: 'consistent' }                          // at least as new as every write acknowledged before the call
  | { kind: 'any' }                                 // whatever the cache has (resourceVersion=0)
  | { kind: 'notOlderThan'; revision: number }      // waits; StatusError 504 with cause ResourceVersionTooLarge when it does not come in time
  | { kind: 'exact'; revision: number };            // a snapshot; StatusError 410 when compacted

export interface ReadOptions { freshness: Freshness; signal?: AbortSignal | undefined }

export interface ListOptions extends ReadOptions {
  /** Only keys that begin with this: `NAMESPACE/`, or '' for all. */
  keyPrefix: string;
  /** Only keys after this one (a decoded continue token). */
  afterKey?: string | undefined;
  /** Page size; 0 for no limit. Counts matching objects. */
  limit: number;
  /** Matches all when absent. */
  matches?: ObjectPredicate | undefined;
}

export interface ListPage {
  /** The revision of which this is the state. */
  revision: number;
  items: readonly StoredObject[];
  /** The last key of this page when more objects follow. */
  nextKey?: string;
  /** How many follow; only known without a predicate. */
  remaining?: number;
}

/** `object`: what the bytes were made of, where that is at hand. Nobody changes it any more, and it needs no parsing when it is read next. */
export interface WithObject { object?: object | undefined }

/** What `update`'s callback decides. */
export type Change =
  | ({ kind: 'write'; bytes: Buffer; ttlSeconds?: number | undefined } & WithObject)  // canonical JSON without resourceVersion
  | { kind: 'unchanged'; ttlSeconds?: number | undefined }             // written again, with this time to live, only when it would be stored otherwise today
  | { kind: 'delete' };

export interface WriteOptions {
  /** Ends waits between attempts. It is looked at only when there is one, so it may be a getter that makes it. */
  signal?: AbortSignal | undefined;
  /** Another key whose value has to be so in the same transaction, or when nothing has to be written (a leader's fence); otherwise StatusError 409. */
  fence?: { key: string; value: string } | undefined;
  /**
   * Another writer may write the very same (two that raise a count by one). Then what stands there does not tell whether it is this write, and
   * one whose answer was lost is an error.
   */
  othersMayWriteTheSame?: boolean | undefined;
  course?: WriteCourse | undefined;
}

/** How the request goes that a write is part of, for those who want to know where its time went. */
export interface WriteCourse {
  /** A transaction of etcd is over. */
  transacted(durationMs: number): void;
  /** A transaction begins (`create`, `update`, `delete`); what it gives is told to etcd, and of the end. Undefined where nobody traces. */
  transaction(operation: string): { readonly traceparent: string; end(outcome?: { error?: string | undefined }): void } | undefined;
}

export interface UpdateResult {
  outcome: 'written' | 'unchanged' | 'deleted';
  /** As it is now; for a deletion as it was, under the deletion's revision. */
  object: StoredObject;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  revision: number;
  /** As it became; of a deletion as it was, with the deletion's revision as resourceVersion. */
  object: StoredObject;
  /** As it was before; absent for ADDED. */
  previous?: StoredObject;
}

/** At most so many events, of about so many bytes together; but always whole revisions, and one at least. */
export interface ReadLimits { maxEvents: number; maxBytes?: number | undefined }

/**
 * A reader of the events of one resource: a cursor into the shared ring of recent events, so that an idle or slow watcher costs no
 * memory of its own. `next` gives what is there, at most `maxEvents`, or waits. It rejects with a StatusError 410 once the cursor
 * has fallen off the ring, or the cache was rebuilt and cannot tell what was missed.
 */
export interface Watcher extends Disposable {
  /**
   * What is there, nothing when that is nothing. The array is shared with other watchers: not to be changed.
   * Throws what `next` rejects with.
   */
  read(limits: ReadLimits): readonly WatchEvent[];
  /** `listener` is called as soon as `read` has something to give or to throw; once until the next `read`. Not together with `next`. */
  onReadable(listener: () => void): void;
  next(options: { maxEvents: number; signal: AbortSignal }): Promise<readonly WatchEvent[]>;
  /** Up to where everything that matched was given out; for bookmarks. */
  readonly revision: number;
}

/** What a watch looks at: the prefix, and the first of the others that is given. */
export interface WatchScope {
  keyPrefix: string;
  /** Exactly this key, for watches of one object. */
  exactKey?: string | undefined;
  /** Only objects of this name, in whichever namespace: the key tells, and no object has to be parsed for it. */
  name?: string | undefined;
  /** Only objects that have, or had before an event, this value in this selectable field: nodes watch their own pods without being woken for others. */
  field?: { name: string; value: string } | undefined;
}

export interface WatchOptions extends WatchScope {
  /** Events after this revision; StatusError 410 when that is too old. */
  fromRevision: number;
  signal?: AbortSignal | undefined;
}

/**
 * The objects of one resource in etcd, behind a watch cache.
 * One write is one etcd transaction is one revision. Nothing is acknowledged before etcd has it.
 */
export interface ObjectStore {
  /** `/registry/pods/` */
  readonly prefix: string;
  get(key: string, options: ReadOptions): Promise<StoredObject | undefined>;
  list(options: ListOptions): Promise<ListPage>;
  /** Rejects with `exists` thrown by the caller's factory when the key is there. */
  create(key: string, bytes: Buffer, options: WriteOptions & WithObject & { ttlSeconds?: number | undefined; exists: () => Error }): Promise<StoredObject>;
  /**
   * Read, decide, compare and write until it holds. `change` sees the cached object first; whenever that attempt fails or throws and
   * the object was not the newest, it is called again with the newest, so errors are always about the true state. It may be called
   * several times and must not have effects.
   */
  update(key: string, change: (current: StoredObject | undefined) => Change | Promise<Change>, options: WriteOptions): Promise<UpdateResult>;
  watch(options: WatchOptions): Watcher;
  /** The newest revision that the cache has applied. */
  readonly revision: number;
  /** True once the first load is complete; false again while the cache is rebuilt. */
  readonly ready: boolean;
}
