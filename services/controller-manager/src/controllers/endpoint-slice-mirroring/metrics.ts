import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What a look at Endpoints came to. */
export interface MirrorReport { added: number; updated: number; removed: number; skipped: number; endpoints: number; slices: number; desiredSlices: number; created: number; changed: number; deleted: number }

/** Told of each look at Endpoints that was carried out, and of Endpoints that are gone. */
export interface MirrorMetrics {
  onSync(key: string, report: MirrorReport): void;
  onLook(seconds: number): void;
  onGone(key: string): void;
}

const PREFIX = 'endpoint_slice_mirroring_controller';
const PER_SYNC_BUCKETS = Array.from({ length: 15 }, (_, i) => 2 ** (i + 1));
const SECONDS_BUCKETS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);

/** Kubernetes' metrics of mirrored slices. For one registry as often as one likes: a new term of the leader goes on counting. */
export function mirrorMetrics(registry: Registry): MirrorMetrics {
  const registers = [registry];
  const known = <T>(name: string, make: (name: string) => T): T => (registry.getSingleMetric(`${PREFIX}_${name}`) as T | undefined) ?? make(`${PREFIX}_${name}`); // made here alone
  const histogram = (name: string, help: string, buckets = PER_SYNC_BUCKETS): Histogram => known(name, (full) => new Histogram({ name: full, help, buckets, registers }));
  const gauge = (name: string, help: string): Gauge => known(name, (full) => new Gauge({ name: full, help, registers }));
  const added = histogram('endpoints_added_per_sync', 'Number of endpoints added on each Endpoints sync');
  const updated = histogram('endpoints_updated_per_sync', 'Number of endpoints updated on each Endpoints sync');
  const removed = histogram('endpoints_removed_per_sync', 'Number of endpoints removed on each Endpoints sync');
  const skipped = histogram('addresses_skipped_per_sync', 'Number of addresses skipped on each Endpoints sync due to being invalid or exceeding MaxEndpointsPerSubset');
  const duration = histogram('endpoints_sync_duration', 'Duration of syncEndpoints() in seconds', SECONDS_BUCKETS);
  const desired = gauge('endpoints_desired', 'Number of endpoints desired');
  const slices = gauge('num_endpoint_slices', 'Number of EndpointSlices');
  const desiredSlices = gauge('desired_endpoint_slices', 'Number of EndpointSlices that would exist with perfect endpoint allocation');
  const changes = known('changes', (name) => new Counter({ name, help: 'Number of EndpointSlice changes', labelNames: ['operation'], registers }));
  const totals = new Map<string, MirrorReport>();
  const count = (of: MirrorReport | undefined, sign: 1 | -1): void => {
    if (of === undefined) return;
    desired.inc(sign * of.endpoints);
    slices.inc(sign * of.slices);
    desiredSlices.inc(sign * of.desiredSlices);
  };
  for (const one of [desired, slices, desiredSlices]) one.set(0);
  return {
    onSync(key, report) {
      added.observe(report.added);
      updated.observe(report.updated);
      removed.observe(report.removed);
      skipped.observe(report.skipped);
      for (const [operation, times] of [['create', report.created], ['update', report.changed], ['delete', report.deleted]] as const) changes.inc({ operation }, times);
      count(totals.get(key), -1);
      count(report, 1);
      totals.set(key, report);
    },
    onLook(seconds) { duration.observe(seconds); },
    onGone(key) {
      count(totals.get(key), -1);
      totals.delete(key);
    },
  };
}
