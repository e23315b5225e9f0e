import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { PodGarbageOptions } from '../pod-garbage-collector/collect-pods.ts';
import type { MonitorOutcome } from './lifecycle/monitor-nodes.ts';

/** What dashboards of nodes and their pods look at, under Kubernetes' names. */
export interface NodeMetrics {
  onLook(outcome: MonitorOutcome, seconds: number): void;
  /** A pod was deleted so long after it had to go. */
  onEviction(lateMs: number): void;
  onRemoval: NonNullable<PodGarbageOptions['onRemoval']>;
}

/** From 10 ms to 3 minutes. */
const LOOK_BUCKETS_SECONDS = Array.from({ length: 8 }, (_, i) => 0.01 * 4 ** i);
/** From 1 ms to 15 s. */
const NODE_BUCKETS_SECONDS = Array.from({ length: 8 }, (_, i) => 0.001 * 4 ** i);
const EVICTION_BUCKETS_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 120, 180, 240];

/** For one registry as often as one likes: a new term of the leader goes on counting. */
export function nodeMetrics(registry: Registry): NodeMetrics {
  const gauge = (name: string, help: string): Gauge => (registry.getSingleMetric(name) as Gauge | undefined) ?? new Gauge({ name, help, labelNames: ['zone'], registers: [registry] }); // only here
  const counter = (name: string, help: string, labelNames: string[]): Counter => (registry.getSingleMetric(name) as Counter | undefined) ?? new Counter({ name, help, labelNames, registers: [registry] }); // only here
  const histogram = (name: string, help: string, buckets: number[]): Histogram => (registry.getSingleMetric(name) as Histogram | undefined) ?? new Histogram({ name, help, buckets, registers: [registry] }); // only here
  const health = gauge('node_collector_zone_health', 'Gauge measuring percentage of healthy nodes per zone.');
  const size = gauge('node_collector_zone_size', 'Gauge measuring number of registered Nodes per zones.');
  const unhealthy = gauge('node_collector_unhealthy_nodes_in_zone', 'Gauge measuring number of not Ready Nodes per zones.');
  const evictions = counter('node_collector_evictions_total', 'Number of Node evictions that happened since current instance of NodeController started.', ['zone']);
  const deletions = counter('taint_eviction_controller_pod_deletions_total', 'Total number of Pods deleted by TaintEvictionController since its start.', []);
  const removals = counter('pod_gc_collector_force_delete_pods_total', 'Number of pods that are being forcefully deleted since the Pod GC Controller started.', ['namespace', 'reason']);
  const refusals = counter('pod_gc_collector_force_delete_pod_errors_total', 'Number of errors encountered when forcefully deleting the pods since the Pod GC Controller started.', ['namespace', 'reason']);
  const lateness = histogram('taint_eviction_controller_pod_deletion_duration_seconds', 'Latency, in seconds, between the time when a taint effect has been activated for the Pod and its deletion via TaintEvictionController.', EVICTION_BUCKETS_SECONDS);
  const looks = histogram('node_collector_update_all_nodes_health_duration_seconds', 'Duration in seconds for NodeController to update the health of all nodes.', LOOK_BUCKETS_SECONDS);
  const nodeLooks = histogram('node_collector_update_node_health_duration_seconds', 'Duration in seconds for NodeController to update the health of a single node.', NODE_BUCKETS_SECONDS);
  const known = new Set<string>();
  return {
    onLook({ tallies, evictions: zones }, seconds) {
      looks.observe(seconds);
      const nodes = [...tallies.values()].reduce((sum, { ready, notReady }) => sum + ready + notReady, 0);
      if (nodes > 0) nodeLooks.observe(seconds / nodes); // they are looked at together
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
    onEviction(lateMs) {
      deletions.inc();
      lateness.observe(lateMs / 1000);
    },
    onRemoval(reason, namespace, outcome) {
      removals.inc({ namespace, reason });
      if (outcome === 'refused') refusals.inc({ namespace, reason });
    },
  };
}
