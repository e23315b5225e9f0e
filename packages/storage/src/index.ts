/**
 * Objects in etcd behind watch caches of ready-to-send bytes; used by the API server alone.
 * Guarantees: one write is one etcd transaction is one revision; nothing is acknowledged before etcd has it; a watcher sees every event
 * of its scope once and in order, or a 410; a consistent read includes every write acknowledged before it, by whichever replica.
 * Non-goals: it knows no kind, validates nothing, and does not encrypt (the caller's bytes are stored as they are).
 */
export type * from './store/object-store.ts';
export { createStorageBackend, type StorageBackend, type StorageBackendOptions } from './backend.ts';
export { createObjectStore, type ObjectStoreOptions, type RunnableObjectStore } from './store/etcd-object-store.ts';
export type { AttributesOf } from './store/cached-object.ts';
export { normaliseJson, type Normalise } from './cacher/watch-cache.ts';
export { canonicalBytes, metadataOffset, replaceRevision, spliceRevision, withoutRevision } from './store/canonical.ts';
export { frameOf } from './cacher/frames.ts';
export { compactOnce, runCompactor, type CompactionState, type CompactorOptions } from './compaction/compactor.ts';
export type { StorageMetrics } from './metrics.ts';
export type { RingBounds } from './cacher/event-ring.ts';
