import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { PodGarbageOptions } from '../pod-garbage-collector/collect-pods.ts';
import type { MonitorOutcome } from './lifecycle/monitor-nodes.ts';

/** What dashboards of nodes and their pods look at, under Kubernetes' names. */
export interface NodeMetrics {
  onLook(outcome: MonitorOutcome, seconds: number): void;
  onEviction(): void;
  onRemoval: NonNullable<PodGarbageOptions['onRemoval']>;
}

/** From 10 ms to 3 minutes. */
const LOOK_BUCKETS_SECONDS = Array.from({ length: 8 }, (_, i) => 0.01 * 4 ** i);

/** For one registry as often as one likes: a new term of the leader goes on counting. */
export function nodeMetrics(registry: Registry): NodeMetrics {
  const gauge = (name: string, help: string): Gauge => (registry.getSingleMetric(name) as Gauge | undefined) ?? new Gauge({ name, help, labelNames: ['zone'], registers: [registry] }); // only here
  const counter = (name: string, help: string, labelNames: string[]): Counter => (registry.getSingleMetric(name) as Counter | undefined) ?? new Counter({ name, help, labelNames, registers: [registry] }); // only here
  const health = gauge('node_collector_zone_health', 'Gauge measuring percentage of healthy nodes per zone.');
  const size = gauge('node_collector_zone_size', 'Gauge measuring number of registered Nodes per zones.');
  const unhealthy = gauge('node_collector_unhealthy_nodes_in_zone', 'Gauge measuring number of not Ready Nodes per zones.');
  const evictions = counter('node_collector_evictions_total', 'Number of Node evictions that happened since current instance of NodeController started.', ['zone']);
  const deletions = counter('taint_eviction_controller_pod_deletions_total', 'Total number of Pods deleted by TaintEvictionController since its start.', []);
  const removals = counter('pod_gc_collector_force_delete_pods_total', 'Number of pods that are being forcefully deleted since the Pod GC Controller started.', ['namespace', 'reason']);
  const refusals = counter('pod_gc_collector_force_delete_pod_errors_total', 'Number of errors encountered when forcefully deleting the pods since the Pod GC Controller started.', ['namespace', 'reason']);
  const LOOK = 'node_collector_update_all_nodes_health_duration_seconds';
  const looks = (registry.getSingleMetric(LOOK) as Histogram | undefined) ?? new Histogram({ name: LOOK, help: 'Duration in seconds for NodeController to update the health of all nodes.', buckets: LOOK_BUCKETS_SECONDS, registers: [registry] }); // only here
  const known = new Set<string>();
  return {
    onLook({ tallies, evictions: zones }, seconds) {
      looks.observe(seconds);
      for (const zone of known) if (!tallies.has(zone)) { size.set({ zone }, 0); health.set({ zone }, 100); unhealthy.set({ zone }, 0); }
      for (const [zone, { ready, notReady }] of tallies) {
        if (!known.has(zone)) evictions.inc({ zone }, 0);
        known.add(zone);
        size.set({ zone }, ready + notReady);
        health.set({ zone }, (100 * ready) / (ready + notReady));
        unhealthy.set({ zone }, notReady);
      }
      for (const zone of zones) evictions.inc({ zone });
    },
    onEviction() { deletions.inc(); },
    onRemoval(reason, namespace, outcome) {
      removals.inc({ namespace, reason });
      if (outcome === 'refused') refusals.inc({ namespace, reason });
    },
  };
}
