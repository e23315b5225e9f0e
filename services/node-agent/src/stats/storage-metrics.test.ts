import { Registry } from 'prom-client';
import { registerStorageMetrics } from './storage-metrics.ts';

test('registerStorageMetrics shows what volumes hold when it is asked, from one reading', async () => {
  const registry = new Registry();
  let readings = 0;
  const volume = [{ name: 'v', pvcRef: { namespace: 'd', name: 'c' }, availableBytes: 7, inodesFree: 3 }, { name: 'tmp', availableBytes: 1 }];
  registerStorageMetrics(registry, { summary: () => { readings++; return Promise.resolve({ node: {}, pods: [{ podRef: { uid: 'u', namespace: 'd', name: 'p' }, containers: [{ name: 'm', logs: { usedBytes: 5 } }], volume }] }) as never; } }); // what it reads of a summary
  const text = await registry.metrics();
  expect(text.split('\n').filter((line) => !line.startsWith('#') && line !== '').sort()).toEqual([
    'kubelet_container_log_filesystem_used_bytes{uid="u",namespace="d",pod="p",container="m"} 5',
    'kubelet_volume_stats_available_bytes{namespace="d",persistentvolumeclaim="c"} 7',
    'kubelet_volume_stats_inodes_free{namespace="d",persistentvolumeclaim="c"} 3',
  ]);
  expect(readings).toBe(1);
  await registry.metrics();
  expect(readings).toBe(2);
});
