import { Registry } from 'prom-client';
import { sliceMetrics } from './metrics.ts';
import type { SliceReport } from './slice-report.ts';

const report: SliceReport = { failed: false, added: 3, removed: 1, created: 1, updated: 2, deleted: 0, endpoints: 10, slices: 2, desiredSlices: 1, topology: 'Disabled', trafficDistribution: 'PreferClose' };

async function valuesOf(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket'));
  return Object.fromEntries(lines.map((line) => { const at = line.lastIndexOf(' '); return [line.slice('endpoint_slice_controller_'.length, at), Number(line.slice(at + 1))]; }));
}

test('looks add up, Services count as they last were, and those that are gone no more', async () => {
  const registry = new Registry();
  const metrics = sliceMetrics(registry);
  metrics.onSync('ns/a', report);
  metrics.onSync('ns/a', { ...report, endpoints: 12, failed: true });
  metrics.onSync('ns/b', { ...report, trafficDistribution: '' });
  expect(await valuesOf(registry)).toMatchObject({
    endpoints_desired: 22, num_endpoint_slices: 4, desired_endpoint_slices: 2, 'services_count_by_traffic_distribution{traffic_distribution="PreferClose"}': 1,
    'changes{operation="create"}': 3, 'changes{operation="update"}': 6, 'changes{operation="delete"}': 0, 'syncs{result="success"}': 2, 'syncs{result="error"}': 1,
    endpoints_added_per_sync_sum: 9, endpoints_removed_per_sync_count: 3, 'endpointslices_changed_per_sync_sum{topology="Disabled",traffic_distribution="PreferClose"}': 6,
  });
  metrics.onGone('ns/b');
  expect(await valuesOf(registry)).toMatchObject({ endpoints_desired: 12, num_endpoint_slices: 2 });
});

test('a new term begins with no Services and goes on counting', async () => {
  const registry = new Registry();
  sliceMetrics(registry).onSync('ns/a', report);
  const next = sliceMetrics(registry);
  expect(await valuesOf(registry)).toMatchObject({ endpoints_desired: 0, 'syncs{result="success"}': 1 });
  next.onSync('ns/a', report);
  expect(await valuesOf(registry)).toMatchObject({ endpoints_desired: 10, 'syncs{result="success"}': 2 });
});
