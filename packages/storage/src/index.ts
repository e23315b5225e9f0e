/**
 * Objects in etcd behind watch caches of ready-to-send bytes; used by the API server alone.
 * Guarantees: one write is one etcd transaction is one revision; nothing is acknowledged before etcd has it; a watcher sees every event
 * of its scope once and in order, or a 410; a consistent read includes every write acknowledged before it, by whichever replica.
 * Values are encrypted at rest where the caller names a transformer of the resource (`encryption/`), as Kubernetes encrypts them.
 * Non-goals: it knows no kind, validates nothing, and reads no configuration.
 */
export type * from './store/object-store.ts';
export { createStorageBackend, type StorageBackend, type StorageBackendOptions } from './backend.ts';
export { createObjectStore, type ObjectStoreOptions, type RunnableObjectStore } from './store/etcd-object-store.ts';
export { readingOf, storedObject, type AttributesOf, type CachedObject, type Reading } from './store/cached-object.ts';
export { normaliseJson, type Normalise } from './store/stored-values.ts';
export { canonicalBytes, metadataOffset, replaceRevision, spliceRevision, withoutRevision } from './store/canonical.ts';
export { frameOf, framesOf } from './cacher/frames.ts';
export { compactOnce, runCompactor, type CompactionState, type CompactorOptions } from './compaction/compactor.ts';
export { createMaintenanceMetrics, type MaintenanceMetrics } from './maintenance/maintenance-metrics.ts';
export { runMaintenance, type FullNotice, type MaintenanceOptions } from './maintenance/run-maintenance.ts';
export type { OpenedValue, TransformerSource, ValueTransformer } from './encryption/value-transformer.ts';
export { identity } from './encryption/identity.ts';
export { aesCbc } from './encryption/aes-cbc.ts';
export { aesGcm } from './encryption/aes-gcm.ts';
export { secretbox } from './encryption/secretbox.ts';
export { aggregateError } from './encryption/aggregate-error.ts';
export { KmsProvider, type KmsProviderDependencies } from './encryption/kms-provider.ts';
export { PrefixTransformer, type ObserveTransformation, type PrefixedTransformer } from './encryption/prefix-transformer.ts';
export { createEncryptionMetrics, type EncryptionMetrics } from './encryption/encryption-metrics.ts';
export type { StorageMetrics } from './metrics.ts';
export type { RingBounds } from './cacher/event-ring.ts';
