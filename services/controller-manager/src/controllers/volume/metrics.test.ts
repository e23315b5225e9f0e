import { Registry } from 'prom-client';
import type { coreV1 } from '@kubernode/api';
import { volumeMetrics } from './metrics.ts';

const volume = (phase: string, spec: coreV1.PersistentVolumeSpec): coreV1.PersistentVolume => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { storageClassName: 'k', ...spec }, status: { phase } });
const claim = (phase: string): coreV1.PersistentVolumeClaim => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'ns' }, spec: { storageClassName: 'k' }, status: { phase } });

const lines = async (registry: Registry): Promise<string[]> => (await registry.metrics()).split('\n').filter((line) => line.startsWith('pv_collector_'));

test('the leader counts volumes and claims as they are when it is asked, a candidate does not', async () => {
  const registry = new Registry();
  let claims = [claim('Bound'), claim('Pending')];
  const metrics = volumeMetrics(registry, { volumes: () => [volume('Bound', { hostPath: { path: '/d' } }), volume('Available', { csi: { driver: 'd', volumeHandle: 'h' }, volumeMode: 'Block' })], claims: () => claims });
  expect(await lines(registry)).toEqual([]);
  metrics.onLead();
  metrics.onLead();
  claims = [claim('Bound')];
  expect(await lines(registry)).toEqual([
    'pv_collector_total_pv_count{plugin_name="kubernetes.io/host-path",volume_mode="Filesystem"} 1', 'pv_collector_total_pv_count{plugin_name="N/A",volume_mode="Block"} 1',
    'pv_collector_bound_pv_count{storage_class="k"} 1', 'pv_collector_unbound_pv_count{storage_class="k"} 1', 'pv_collector_bound_pvc_count{namespace="ns",storage_class="k",volume_attributes_class=""} 1',
  ]);
});
