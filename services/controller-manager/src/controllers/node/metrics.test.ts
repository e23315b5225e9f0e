import { Registry } from 'prom-client';
import { nothingKnown, type MonitorOutcome } from './lifecycle/monitor-nodes.ts';
import { nodeMetrics } from './metrics.ts';

function outcome(tallies: Record<string, [ready: number, notReady: number]>, evictions: string[] = []): MonitorOutcome {
  return { state: nothingKnown, actions: [], againAfterMs: 0, evictions, tallies: new Map(Object.entries(tallies).map(([zone, [ready, notReady]]) => [zone, { ready, notReady }])) };
}

test('zones show as they are, and as empty once they are gone; what was done adds up over terms of a leader', async () => {
  const registry = new Registry();
  const metrics = nodeMetrics(registry);
  metrics.onLook(outcome({ a: [3, 1], b: [0, 2] }, ['a']), 0.02);
  metrics.onLook(outcome({ a: [4, 0] }, ['a']), 0.02);
  metrics.onRemoval('orphaned', 'ns', 'removed');
  nodeMetrics(registry).onRemoval('orphaned', 'ns', 'refused');
  nodeMetrics(registry).onEviction(100);
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_seconds'));
  expect(Object.fromEntries(lines.map((line) => line.split(' ')))).toEqual({
    'node_collector_zone_health{zone="a"}': '100', 'node_collector_zone_health{zone="b"}': '100',
    'node_collector_zone_size{zone="a"}': '4', 'node_collector_zone_size{zone="b"}': '0',
    'node_collector_unhealthy_nodes_in_zone{zone="a"}': '0', 'node_collector_unhealthy_nodes_in_zone{zone="b"}': '0',
    'node_collector_evictions_total{zone="a"}': '2', 'node_collector_evictions_total{zone="b"}': '0',
    taint_eviction_controller_pod_deletions_total: '1',
    'pod_gc_collector_force_delete_pods_total{namespace="ns",reason="orphaned"}': '2', 'pod_gc_collector_force_delete_pod_errors_total{namespace="ns",reason="orphaned"}': '1',
  });
});
