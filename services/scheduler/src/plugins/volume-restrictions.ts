import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { onNode, onPod, onResource } from '../framework/cluster-event.ts';
import type { Plugin, PluginHandle } from '../framework/plugin.ts';
import { unresolvable, unschedulable } from '../framework/verdict.ts';

type Pod = Readonly<coreV1.Pod>;
type Volume = Readonly<coreV1.Volume>;

const DISK_CONFLICT = unschedulable('node(s) had no available disk');
const IN_USE = unschedulable('node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod');

/** Keeps pods from sharing disks that cannot be shared on a node, and claims that only one pod may use at all. */
export function volumeRestrictions(handle: Pick<PluginHandle, 'lister'>): Plugin {
  const claims = handle.lister(coreV1Resources.persistentvolumeclaims);
  return {
    name: 'VolumeRestrictions',
    events: [
      onPod(['Delete'], (pod, { before }) => before !== undefined && before.metadata.namespace === pod.metadata.namespace && (disksOf(pod).some((disk) => clashes(disk, before)) || claimNames(pod).some((name) => claimNames(before).includes(name)))),
      onNode(['Add']),
      onResource(coreV1Resources.persistentvolumeclaims, ['Add'], (pod, { after }) => after !== undefined && after.metadata.namespace === pod.metadata.namespace && claimNames(pod).includes(after.metadata.name)),
    ],
    prepareFilter({ subject: { pod, claims: keys }, table }) {
      const exclusive: string[] = [];
      for (const key of keys) {
        const claim = claims.get(key);
        if (claim === undefined) return unresolvable(`persistentvolumeclaim "${key.slice(key.indexOf('/') + 1)}" not found`);
        if (claim.spec?.accessModes?.includes('ReadWriteOncePod') === true) exclusive.push(key);
      }
      const disks = disksOf(pod);
      if (disks.length === 0 && !exclusive.some((key) => table.claimUsers.has(key))) return undefined;
      return {
        check({ pods }) {
          if (disks.length > 0) for (const other of pods.values()) if (disks.some((disk) => clashes(disk, other.pod))) return DISK_CONFLICT;
          return exclusive.some((key) => table.claimUsers.has(key)) ? IN_USE : undefined;
        },
      };
    },
  };
}

function claimNames({ spec }: Pod): string[] { return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => (persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName])); }

function disksOf({ spec }: Pod): Volume[] {
  return (spec?.volumes ?? []).filter(({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }) => gcePersistentDisk !== undefined || awsElasticBlockStore !== undefined || rbd !== undefined || iscsi !== undefined);
}

/** Most disks may be shared while all read only. */
function clashes(disk: Volume, { spec }: Pod): boolean {
  return (spec?.volumes ?? []).some((other) => {
    const { gcePersistentDisk: gce, awsElasticBlockStore: aws, iscsi, rbd } = other;
    if (disk.gcePersistentDisk !== undefined && gce?.pdName === disk.gcePersistentDisk.pdName && !(disk.gcePersistentDisk.readOnly === true && gce.readOnly === true)) return true;
    if (disk.awsElasticBlockStore !== undefined && aws?.volumeID === disk.awsElasticBlockStore.volumeID) return true;
    if (disk.iscsi !== undefined && iscsi?.iqn === disk.iscsi.iqn && !(disk.iscsi.readOnly === true && iscsi.readOnly === true)) return true;
    return disk.rbd !== undefined && rbd !== undefined && rbd.monitors.some((one) => disk.rbd?.monitors.includes(one)) && (rbd.pool ?? '') === (disk.rbd.pool ?? '') && rbd.image === disk.rbd.image && !(disk.rbd.readOnly === true && rbd.readOnly === true);
  });
}
