import { Counter, Gauge, type Registry } from 'prom-client';
import type { Defragmented, ObservedEtcd } from '@kubernode/rpc';

export interface MaintenanceMetrics {
  observed(etcd: ObservedEtcd): void;
  defragmented(one: Defragmented): void;
}

/** The first is Kubernetes' own. */
export function createMaintenanceMetrics(registry: Registry): MaintenanceMetrics {
  const registers = [registry];
  const size = new Gauge({ registers, name: 'apiserver_storage_size_bytes', help: 'Size of the storage database file physically allocated in bytes.', labelNames: ['storage_cluster_id'] });
  const inUse = new Gauge({ registers, name: 'apiserver_storage_in_use_bytes', help: 'Of the storage database file, what is in use; the rest is given back by defragmenting.', labelNames: ['storage_cluster_id'] });
  const alarms = new Gauge({ registers, name: 'apiserver_storage_alarms', help: 'Alarms of etcd that are raised, by kind.', labelNames: ['alarm'] });
  const defragmentations = new Counter({ registers, name: 'apiserver_storage_defragmentations_total', help: 'Members of etcd that this server defragmented.', labelNames: ['storage_cluster_id'] });
  for (const alarm of ['noSpace', 'corrupt']) alarms.set({ alarm }, 0);
  return {
    observed({ members, alarms: raised }) {
      size.reset();
      inUse.reset();
      for (const { member, status } of members) {
        if (status === undefined) continue;
        size.set({ storage_cluster_id: member.name }, status.dbSize);
        inUse.set({ storage_cluster_id: member.name }, status.dbSizeInUse);
      }
      if (raised !== undefined) for (const alarm of ['noSpace', 'corrupt']) alarms.set({ alarm }, raised.filter((one) => one.alarm === alarm).length);
    },
    defragmented({ name }) { defragmentations.inc({ storage_cluster_id: name }); },
  };
}
