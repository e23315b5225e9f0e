/** The objects of one resource as last seen, shared and read-only; by `namespace/name` or by an index. */
export interface Lister<T> {
  get(key: string): Readonly<T> | undefined;
  list(): readonly Readonly<T>[];
  inNamespace(namespace: string): readonly Readonly<T>[];
  /** Objects for which the index's function gave this value. */
  byIndex(index: string, value: string): readonly Readonly<T>[];
}

/** A change as the informer saw it: `object` is absent after a deletion, `previous` before the first sight. */
export interface InformerChange<T> { key: string; object?: Readonly<T>; previous?: Readonly<T> }

export interface ListenOptions {
  /** Tells of all that is there again in this period, as changes from what it was to the same: for listeners that look at more than the informer sees. */
  resyncMs?: number;
}

/**
 * Keeps a local copy of a resource by list and watch, and tells of changes. Level-triggered: missed or merged events do not matter
 * to listeners that look at the lister.
 */
export interface Informer<T> {
  readonly lister: Lister<T>;
  /** Lists, watches, and starts over after faults until aborted. */
  run(signal: AbortSignal): Promise<void>;
  readonly hasSynced: boolean;
  /** Resolves once the first list is in the lister; rejects when aborted. */
  synced(signal: AbortSignal): Promise<void>;
  /** Synchronous; must not throw. Called for all present objects when added late. */
  onChange(listener: (change: InformerChange<T>) => void, options?: ListenOptions): Disposable;
}
