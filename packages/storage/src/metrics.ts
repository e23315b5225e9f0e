import type { GroupResource } from '@kubernode/apimachinery';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Kubernetes' names, labels and buckets, so that its dashboards and alerts fit. */
export interface StorageMetrics {
  requestSeconds: Histogram<'operation' | 'group' | 'resource' | 'type'>;
  requests: Counter<'operation' | 'group' | 'resource'>;
  requestErrors: Counter<'operation' | 'group' | 'resource'>;
  decodeErrors: Counter<'group' | 'resource'>;
  eventsReceived: Counter;
  feedReconnects: Counter;
  cacheInitializations: Counter<'group' | 'resource'>;
  cacheLists: Counter<'group' | 'resource' | 'index'>;
  storageLists: Counter<'group' | 'resource'>;
  readWaitSeconds: Histogram<'group' | 'resource'>;
  /** Asked when scraped: how many objects there are of each resource. */
  countObjects(resource: GroupResource, count: () => number): Disposable;
}

const REQUEST_BUCKETS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const WAIT_BUCKETS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3];
const GROUP_RESOURCE = ['group', 'resource'] as const;

export function createStorageMetrics(registry: Registry = new Registry()): StorageMetrics {
  const registers = [registry];
  const operation = ['operation', 'group', 'resource'] as const;
  return {
    requestSeconds: new Histogram({ registers, name: 'etcd_request_duration_seconds', help: 'Etcd request latency in seconds for each operation and object type.', labelNames: [...operation, 'type'], buckets: REQUEST_BUCKETS }),
    requests: new Counter({ registers, name: 'etcd_requests_total', help: 'Etcd request counts for each operation and object type.', labelNames: operation }),
    requestErrors: new Counter({ registers, name: 'etcd_request_errors_total', help: 'Etcd failed request counts for each operation and object type.', labelNames: operation }),
    decodeErrors: new Counter({ registers, name: 'apiserver_storage_decode_errors_total', help: 'Number of stored object decode errors split by object type', labelNames: GROUP_RESOURCE }),
    eventsReceived: new Counter({ registers, name: 'apiserver_storage_events_received_total', help: 'Number of etcd events received.' }),
    feedReconnects: new Counter({ registers, name: 'apiserver_storage_feed_reconnects_total', help: 'How often the watch on etcd had to be opened again.' }),
    cacheInitializations: new Counter({ registers, name: 'apiserver_watch_cache_initializations_total', help: 'Counter of watch cache initializations broken by resource type.', labelNames: GROUP_RESOURCE }),
    cacheLists: new Counter({ registers, name: 'apiserver_cache_list_total', help: 'Number of LIST requests served from watch cache', labelNames: [...GROUP_RESOURCE, 'index'] }),
    storageLists: new Counter({ registers, name: 'apiserver_storage_list_total', help: 'Number of LIST requests served from storage', labelNames: GROUP_RESOURCE }),
    readWaitSeconds: new Histogram({ registers, name: 'apiserver_watch_cache_read_wait_seconds', help: 'Histogram of time spent waiting for a watch cache to become fresh.', labelNames: GROUP_RESOURCE, buckets: WAIT_BUCKETS }),
    countObjects: objectCounter(registers),
  };
}

function objectCounter(registers: Registry[]): StorageMetrics['countObjects'] {
  const counts = new Map<GroupResource, () => number>();
  new Gauge({
    registers, name: 'apiserver_storage_objects', help: 'Number of stored objects at the time of last check split by kind.', labelNames: ['resource'],
    collect() {
      this.reset();
      for (const [{ group, resource }, count] of counts) this.set({ resource: group === '' ? resource : `${resource}.${group}` }, count());
    },
  });
  new Gauge({
    registers, name: 'apiserver_resource_objects', help: 'Number of stored objects at the time of last check split by kind.', labelNames: GROUP_RESOURCE,
    collect() {
      this.reset();
      for (const [{ group, resource }, count] of counts) this.set({ group, resource }, count());
    },
  });
  return (resource, count) => {
    counts.set(resource, count);
    return { [Symbol.dispose]: () => { counts.delete(resource); } };
  };
}
