import type { coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { volumeAnnotations } from '@kubernode/volume-matching';
import { save, volumes } from '../save.ts';
import { deleterOf, hostPathDeletionFault } from './built-in-plugins.ts';
import { IN_TREE_FINALIZER } from './migration.ts';
import { fail } from './phases.ts';
import { recycle } from './recycle.ts';
import type { VolumeScene } from './volume-scene.ts';

type Volume = Readonly<coreV1.PersistentVolume>;

/** Does with a released volume what its policy says. Volumes of outside drivers are left to these. */
export function reclaim(volume: Volume, scene: VolumeScene, nowMs: number): Action[] {
  if ((volume.metadata.annotations?.[volumeAnnotations.migratedTo] ?? '') !== '') return [];
  switch (volume.spec?.persistentVolumeReclaimPolicy) {
    case 'Retain': return [];
    case 'Recycle': return recycle(volume, scene, nowMs);
    case 'Delete': return remove(volume);
    default: return fail(volume, 'VolumeUnknownReclaimPolicy', 'Volume has unrecognized PersistentVolumeReclaimPolicy');
  }
}

/** Deletes the objects of a hostPath volume. Its directory is on some node's disk, where the control plane has nothing to delete. */
function remove(volume: Volume): Action[] {
  const deleter = deleterOf(volume, volume.metadata.annotations?.[volumeAnnotations.dynamicallyProvisioned] ?? '');
  if (deleter.by === 'driver') return [];
  const fault = deleter.by === 'nobody' ? deleter.fault : hostPathDeletionFault(deleter.path);
  if (fault !== undefined) return fail(volume, 'VolumeFailedDelete', fault);
  return save(volumes, volume, withoutFinalizer(volume), ({ metadata: { name, uid } }) => [{ do: 'delete', resource: volumes, target: { name }, uid }]);
}

function withoutFinalizer(volume: Volume): Volume {
  const { finalizers = [] } = volume.metadata;
  return finalizers.includes(IN_TREE_FINALIZER) ? { ...volume, metadata: { ...volume.metadata, finalizers: finalizers.filter((one) => one !== IN_TREE_FINALIZER) } } : volume;
}
