import type { GroupResource } from '@kubernode/apimachinery';
import { formatGroupResource } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import { KmsError } from '@kubernode/rpc';
import { Counter, Gauge, Histogram, exponentialBuckets, type Registry } from 'prom-client';
import { hashOrEmpty } from './kms-envelope-rules.ts';
import type { Direction, ObserveTransformation } from './prefix-transformer.ts';

/** What encryption counts, under Kubernetes' names. */
export interface EncryptionMetrics {
  /** The observer of one resource's transformations. */
  transformationsOf(resource: GroupResource): ObserveTransformation;
  kms: KmsMetrics;
}

export interface KmsMetrics {
  cacheMisses: Counter;
  seedSeconds: Histogram;
  seeds: Gauge<'provider_name'>;
  invalidKeyIds: Counter<'provider_name' | 'error'>;
  countKeyId(direction: Direction, provider: string, keyId: string): void;
  /** The plugin has said that this is its present key. */
  sawKeyId(provider: string, keyId: string): void;
  observeCall(provider: string, method: string, code: string, seconds: number): void;
}

const TRANSFORMATION_BUCKETS = exponentialBuckets(5e-6, 2, 25);
const KMS_BUCKETS = exponentialBuckets(0.0001, 2, 20);
const SEED_BUCKETS = exponentialBuckets(5e-6, 2, 14);
/** Key names are the plugin's to choose, so only so many become labels; the oldest give way. */
const KEY_LABELS_MAX = 100;

/** `serverId` names this replica in the metrics of keys. */
export function createEncryptionMetrics({ registry, clock, serverId }: { registry: Registry; clock: Clock; serverId: string }): EncryptionMetrics {
  const registers = [registry];
  const operations = new Counter({ registers, name: 'apiserver_storage_transformation_operations_total', help: 'Total number of transformations by resource, direction, prefix and status.', labelNames: ['resource', 'transformation_type', 'transformer_prefix', 'status'] });
  const seconds = new Histogram({ registers, name: 'apiserver_storage_transformation_duration_seconds', help: 'Latencies in seconds of value transformation operations.', labelNames: ['transformation_type', 'transformer_prefix'], buckets: TRANSFORMATION_BUCKETS });
  return {
    transformationsOf: (groupResource) => {
      const resource = formatGroupResource(groupResource);
      return (direction, prefix, startedMs, error) => {
        operations.inc({ resource, transformation_type: direction, transformer_prefix: prefix, status: statusOf(error) });
        if (error === undefined) seconds.observe({ transformation_type: direction, transformer_prefix: prefix }, (clock.monotonicNow() - startedMs) / 1000);
      };
    },
    kms: createKmsMetrics(registers, { clock, serverIdHash: hashOrEmpty(serverId) }),
  };
}

function createKmsMetrics(registers: Registry[], { clock, serverIdHash }: { clock: Clock; serverIdHash: string }): KmsMetrics {
  const keyLabels = ['transformation_type', 'provider_name', 'key_id_hash', 'apiserver_id_hash'] as const;
  const uses = new Counter({ registers, name: 'apiserver_envelope_encryption_key_id_hash_total', help: 'Number of times a keyID is used split by transformation type, provider, and apiserver identity.', labelNames: keyLabels });
  const lastUses = new Gauge({ registers, name: 'apiserver_envelope_encryption_key_id_hash_last_timestamp_seconds', help: 'The last time in seconds when a keyID was used.', labelNames: keyLabels });
  const lastSeen = new Gauge({ registers, name: 'apiserver_envelope_encryption_key_id_hash_status_last_timestamp_seconds', help: 'The last time in seconds when a keyID was returned by the Status RPC call.', labelNames: ['provider_name', 'key_id_hash', 'apiserver_id_hash'] });
  const latency = new Histogram({ registers, name: 'apiserver_envelope_encryption_kms_operations_latency_seconds', help: 'KMS operation duration with gRPC error code status total.', labelNames: ['provider_name', 'method_name', 'grpc_status_code'], buckets: KMS_BUCKETS });
  new Counter({ registers, name: 'apiserver_storage_data_key_generation_failures_total', help: 'Total number of failed data encryption key(DEK) generation operations.' }); // there is no such failure here, but there are alerts on it
  const used = boundedLabels((labels: KeyUse) => { uses.remove(labels); lastUses.remove(labels); });
  const seen = boundedLabels((labels: SeenKey) => { lastSeen.remove(labels); });
  return {
    cacheMisses: new Counter({ registers, name: 'apiserver_storage_envelope_transformation_cache_misses_total', help: 'Total number of cache misses while accessing key decryption key(KEK).' }),
    seedSeconds: new Histogram({ registers, name: 'apiserver_storage_data_key_generation_duration_seconds', help: 'Latencies in seconds of data encryption key(DEK) generation operations.', buckets: SEED_BUCKETS }),
    seeds: new Gauge({ registers, name: 'apiserver_envelope_encryption_dek_source_cache_size', help: 'Number of records in data encryption key (DEK) source cache.', labelNames: ['provider_name'] }),
    invalidKeyIds: new Counter({ registers, name: 'apiserver_envelope_encryption_invalid_key_id_from_status_total', help: 'Number of times an invalid keyID is returned by the Status RPC call split by error.', labelNames: ['provider_name', 'error'] }),
    countKeyId(direction, provider, keyId) {
      const labels = used(`${direction} ${provider} ${keyId}`, () => ({ transformation_type: direction, provider_name: provider, key_id_hash: hashOrEmpty(keyId), apiserver_id_hash: serverIdHash }));
      uses.inc(labels);
      lastUses.set(labels, clock.now() / 1000);
    },
    sawKeyId(provider, keyId) {
      lastSeen.set(seen(`${provider} ${keyId}`, () => ({ provider_name: provider, key_id_hash: hashOrEmpty(keyId), apiserver_id_hash: serverIdHash })), clock.now() / 1000);
    },
    observeCall: (provider, method, code, elapsed) => latency.observe({ provider_name: provider, method_name: method, grpc_status_code: code }, elapsed),
  };
}

interface SeenKey { provider_name: string; key_id_hash: string; apiserver_id_hash: string }
interface KeyUse extends SeenKey { transformation_type: Direction }

/** The labels of a key, made once; the least recently used are taken out of the metrics when there are too many. */
function boundedLabels<T>(remove: (labels: T) => void): (key: string, make: () => T) => T {
  const known = new Map<string, T>();
  return (key, make) => {
    const labels = known.get(key) ?? make();
    known.delete(key);
    known.set(key, labels);
    if (known.size > KEY_LABELS_MAX) for (const [oldest, theirs] of known) { known.delete(oldest); remove(theirs); break; }
    return labels;
  };
}

/** gRPC's code of what went wrong, where the plugin was asked at all. */
function statusOf(error: unknown): string {
  if (error === undefined) return 'OK';
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof KmsError) return at.code;
  return 'unknown-non-grpc';
}
