import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Told of what becomes of a cluster's range, which is named by its text. */
export interface RangeMetrics {
  /** How many ranges it holds. */
  onSet(range: string, most: number): void;
  /** `share` of it is used now. */
  onAllocated(range: string, tries: number, share: number): void;
  onReleased(range: string, share: number): void;
}

const PREFIX = 'node_ipam_controller';

/** Kubernetes' metrics of nodes' ranges. For one registry as often as one likes: a new term of the leader goes on counting. */
export function rangeMetrics(registry: Registry): RangeMetrics {
  const registers = [registry];
  const labelNames = ['clusterCIDR'];
  const known = <T>(name: string, make: (name: string) => T): T => (registry.getSingleMetric(`${PREFIX}_${name}`) as T | undefined) ?? make(`${PREFIX}_${name}`); // made here alone
  const counter = (name: string, help: string): Counter => known(name, (full) => new Counter({ name: full, help, labelNames, registers }));
  const gauge = (name: string, help: string): Gauge => known(name, (full) => new Gauge({ name: full, help, labelNames, registers }));
  const allocations = counter('cidrset_cidrs_allocations_total', 'Counter measuring total number of CIDR allocations.');
  const releases = counter('cidrset_cidrs_releases_total', 'Counter measuring total number of CIDR releases.');
  const most = gauge('cirdset_max_cidrs', 'Maximum number of CIDRs that can be allocated.');
  const usage = gauge('cidrset_usage_cidrs', 'Gauge measuring percentage of allocated CIDRs.');
  const tries = known('cidrset_allocation_tries_per_request', (name) => new Histogram({ name, help: 'Number of CIDR allocation tries per request', labelNames, buckets: Array.from({ length: 5 }, (_, i) => 5 ** i), registers }));
  return {
    onSet(clusterCIDR, count) { most.set({ clusterCIDR }, count); },
    onAllocated(clusterCIDR, count, share) {
      allocations.inc({ clusterCIDR });
      tries.observe({ clusterCIDR }, count);
      usage.set({ clusterCIDR }, share);
    },
    onReleased(clusterCIDR, share) {
      releases.inc({ clusterCIDR });
      usage.set({ clusterCIDR }, share);
    },
  };
}
