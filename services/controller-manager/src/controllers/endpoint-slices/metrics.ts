import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SliceReport } from './slice-report.ts';

/** Told of each look at a Service that was carried out, and of Services that are gone. */
export interface SliceMetrics {
  onSync(key: string, report: SliceReport): void;
  onGone(key: string): void;
}

const PREFIX = 'endpoint_slice_controller';
const PER_SYNC_BUCKETS = Array.from({ length: 15 }, (_, i) => 2 ** (i + 1));

interface Totals { endpoints: number; slices: number; desiredSlices: number; trafficDistribution: string }

/** Kubernetes' metrics of slices. For one registry as often as one likes: a new term of the leader goes on counting. */
export function sliceMetrics(registry: Registry): SliceMetrics {
  const registers = [registry];
  const known = <T>(name: string, make: (name: string) => T): T => (registry.getSingleMetric(`${PREFIX}_${name}`) as T | undefined) ?? make(`${PREFIX}_${name}`); // made here alone
  const histogram = (name: string, help: string): Histogram => known(name, (full) => new Histogram({ name: full, help, buckets: PER_SYNC_BUCKETS, registers }));
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge => known(name, (full) => new Gauge({ name: full, help, labelNames, registers }));
  const counter = (name: string, help: string, labelNames: string[]): Counter => known(name, (full) => new Counter({ name: full, help, labelNames, registers }));
  const added = histogram('endpoints_added_per_sync', 'Number of endpoints added on each Service sync');
  const removed = histogram('endpoints_removed_per_sync', 'Number of endpoints removed on each Service sync');
  const changed = known('endpointslices_changed_per_sync', (name) => new Histogram({ name, help: 'Number of EndpointSlices changed on each Service sync', labelNames: ['topology', 'traffic_distribution'], registers }));
  const changes = counter('changes', 'Number of EndpointSlice changes', ['operation']);
  const syncs = counter('syncs', 'Number of EndpointSlice syncs', ['result']);
  const desired = gauge('endpoints_desired', 'Number of endpoints desired');
  const actualSlices = gauge('num_endpoint_slices', 'Number of EndpointSlices');
  const desiredSlices = gauge('desired_endpoint_slices', 'Number of EndpointSlices that would exist with perfect endpoint allocation');
  const services = gauge('services_count_by_traffic_distribution', 'Number of Services using some specific trafficDistribution', ['traffic_distribution']);
  const totals = new Map<string, Totals>();
  const count = (of: Totals | undefined, sign: 1 | -1): void => {
    if (of === undefined) return;
    desired.inc(sign * of.endpoints);
    actualSlices.inc(sign * of.slices);
    desiredSlices.inc(sign * of.desiredSlices);
    if (of.trafficDistribution !== '') services.inc({ traffic_distribution: of.trafficDistribution }, sign);
  };
  for (const one of [desired, actualSlices, desiredSlices]) one.set(0);
  services.reset();
  return {
    onSync(key, report) {
      added.observe(report.added);
      removed.observe(report.removed);
      changed.observe({ topology: report.topology, traffic_distribution: report.trafficDistribution }, report.created + report.updated + report.deleted);
      for (const [operation, times] of [['create', report.created], ['update', report.updated], ['delete', report.deleted]] as const) changes.inc({ operation }, times);
      syncs.inc({ result: report.failed ? 'error' : 'success' });
      count(totals.get(key), -1);
      count(report, 1);
      totals.set(key, report);
    },
    onGone(key) {
      count(totals.get(key), -1);
      totals.delete(key);
    },
  };
}
