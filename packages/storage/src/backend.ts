import type { GroupResource } from '@kubernode/apimachinery';
import type { Clock, Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { EtcdClient } from '@kubernode/rpc';
import type { Registry } from 'prom-client';
import { EventFeed } from './cacher/event-feed.ts';
import type { TransformerSource } from './encryption/value-transformer.ts';
import { createStorageMetrics, type StorageMetrics } from './metrics.ts';
import { LeasePool } from './store/lease-pool.ts';
import type { WriteCourse } from './store/object-store.ts';

/** What all stores of a process share: etcd, the one watch on it, leases and metrics. */
export interface StorageBackend {
  readonly etcd: EtcdClient;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics: StorageMetrics;
  readonly feed: EventFeed;
  readonly leases: LeasePool;
  /** The etcd of leaders' fences: this one, where they are compared in the writes' own transactions, or another, where they are looked at before. */
  readonly fences: EtcdClient;
  /** Where a key below `/registry` is, given --etcd-prefix. */
  readonly keyOf: (path: string) => string;
  /** Encryption at rest; undefined when values are stored as they are. */
  readonly transformers: TransformerSource | undefined;
  /** Follows etcd until aborted. Stores wait for it. */
  run(signal: AbortSignal): Promise<void>;
  /** Runs a call of etcd under Kubernetes' request metrics. The course is told how long it took. */
  timed<T>(operation: string, resource: GroupResource, call: () => Promise<T>, course?: Pick<WriteCourse, 'transacted'>): Promise<T>;
}

export interface StorageBackendOptions {
  etcd: EtcdClient;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  /** Where metrics are registered; several backends of a process share them instead. */
  registry?: Registry | undefined;
  metrics?: StorageMetrics | undefined;
  transformers?: TransformerSource | undefined;
  /** What all keys begin with; `/registry` when absent. */
  root?: string | undefined;
  /** `etcd` when absent. */
  fences?: EtcdClient | undefined;
}

const ROOT = '/registry';

export function createStorageBackend({ etcd, clock, rng, logger, registry, metrics = createStorageMetrics(registry), transformers, root = ROOT, fences = etcd }: StorageBackendOptions): StorageBackend {
  const feed = new EventFeed({ etcd, clock, rng, logger, onEvents: (count) => metrics.eventsReceived.inc(count), onReconnect: () => metrics.feedReconnects.inc() });
  return {
    etcd, clock, rng, logger, metrics, feed, leases: new LeasePool({ etcd, clock }), transformers, fences,
    keyOf: root === ROOT ? (path) => path : (path) => (path.startsWith(`${ROOT}/`) ? root + path.slice(ROOT.length) : path),
    run: (signal) => feed.run(signal),
    timed: (operation, resource, call, course) => timed({ metrics, clock, course }, { operation, ...resource }, call),
  };
}

async function timed<T>({ metrics, clock, course }: { metrics: StorageMetrics; clock: Clock; course: Pick<WriteCourse, 'transacted'> | undefined }, labels: { operation: string; group: string; resource: string }, call: () => Promise<T>): Promise<T> {
  const { operation, group, resource } = labels;
  const startedMs = clock.monotonicNow();
  metrics.requests.inc({ operation, group, resource });
  try { return await call(); } catch (error) {
    metrics.requestErrors.inc({ operation, group, resource });
    throw error;
  } finally {
    const durationMs = clock.monotonicNow() - startedMs;
    course?.transacted(durationMs);
    metrics.requestSeconds.observe({ operation, group, resource, type: group === '' ? resource : `${resource}.${group}` }, durationMs / 1000);
  }
}
