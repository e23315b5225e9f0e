import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, ownKey, watch, type Action, type Controller, type Listers, type Plan, type Reach } from '@kubernode/controller';
import { volumeAnnotations, volumeModesDiffer } from '@kubernode/volume-matching';
import { isTerminated, podsByClaim } from '../pods-of-claims.ts';
import { present } from '../present.ts';
import { claims, save, saveStatus, volumes } from '../save.ts';
import { unbind } from './bind.ts';
import { claimKeyOf, volumesByClaim } from './claim-binder.ts';
import { migratedVolume } from './migration.ts';
import { inPhase } from './phases.ts';
import { reclaim } from './reclaim.ts';
import { recyclerName, RECYCLER_NAMESPACE, volumeOfRecycler } from './recycle.ts';
import type { VolumeBinderOptions, VolumeScene } from './volume-scene.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

/** Keeps volumes' phases true, and reclaims those whose claim is gone. */
export function volumeBinder(options: VolumeBinderOptions): Controller {
  return controller<VolumeScene>({
    name: 'volumes',
    component: 'persistentvolume-controller',
    workers: 1,
    watches: [
      watch({ resource: volumes, indexes: volumesByClaim, keys: ownKey }),
      watch({
        resource: claims,
        keys: ({ key, object, previous }, listers) => [...listers.of(volumes).byIndex('claimKey', key).map(({ metadata }) => metadata.name), ...[object, previous].flatMap((claim) => claim?.spec?.volumeName ?? [])],
      }),
      watch({ resource: coreV1Resources.pods, indexes: podsByClaim, keys: ({ object, previous }) => volumeOfRecycler(object ?? previous) }),
    ],
    read: (key, listers) => readVolume(key, listers, options),
    ask: confirmRelease,
    reconcile: reconcileVolume,
  });
}

function readVolume(key: string, listers: Listers, options: VolumeBinderOptions): VolumeScene | undefined {
  const volume = listers.of(volumes).get(key);
  options.onLook?.();
  if (volume === undefined) return undefined;
  const [claimKey] = claimKeyOf(volume);
  const pods = listers.of(coreV1Resources.pods);
  return {
    volume, options,
    claim: claimKey === undefined ? undefined : listers.of(claims).get(claimKey),
    users: claimKey === undefined ? [] : pods.byIndex('claimKey', claimKey).filter((pod) => !isTerminated(pod)).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`).sort(),
    recycler: pods.get(`${RECYCLER_NAMESPACE}/${recyclerName(key)}`),
  };
}

/**
 * A volume may be bound by others (the scheduler, a provisioner) to a claim that the local copy does not have yet. What is stored may
 * be deleted next, so the server is asked.
 */
async function confirmRelease(scene: VolumeScene, reach: Reach): Promise<VolumeScene> {
  const { claim, volume: { spec, status } } = scene;
  const ref = spec?.claimRef;
  if (ref?.uid === undefined || ref.uid === '' || claim?.metadata.uid === ref.uid) return scene;
  if (claim === undefined && isOver(status?.phase)) return scene; // was asked then
  return { ...scene, claim: await present(claims, { name: ref.name ?? '', namespace: ref.namespace }, reach) };
}

/** One look at a volume. */
export function reconcileVolume(scene: VolumeScene, nowMs: number): Plan {
  const { volume, options: { syncPeriodMs } } = scene;
  return {
    actions: save(volumes, volume, migratedVolume(volume), (stored) => follow(stored, scene, nowMs)),
    againAfterMs: isOver(volume.status?.phase) && volume.spec?.persistentVolumeReclaimPolicy !== 'Retain' ? syncPeriodMs : undefined,
  };
}

function isOver(phase: string | undefined): boolean { return phase === 'Released' || phase === 'Failed'; }

function follow(volume: Volume, scene: VolumeScene, nowMs: number): Action[] {
  const ref = volume.spec?.claimRef;
  if (ref?.uid === undefined || ref.uid === '') return saveStatus(volumes, volume, inPhase(volume, 'Available')); // free or reserved
  const claim = scene.claim?.metadata.uid === ref.uid ? scene.claim : undefined; // one of the same name is not the same
  if (claim === undefined) return release(volume, scene, nowMs);
  const chosen = claim.spec?.volumeName ?? '';
  if (chosen === '') return volumeModesDiffer(claim, volume) ? mismatch(volume, claim) : []; // the claim's own turn ties it
  if (chosen === volume.metadata.name) return saveStatus(volumes, volume, inPhase(volume, 'Bound'));
  const made = volume.metadata.annotations?.[volumeAnnotations.dynamicallyProvisioned] !== undefined;
  return made && volume.spec?.persistentVolumeReclaimPolicy === 'Delete' ? release(volume, scene, nowMs) : unbind(volume); // the claim went elsewhere
}

/** Released is said once; a failure to reclaim stays to be seen while it is tried again. */
function release(volume: Volume, scene: VolumeScene, nowMs: number): Action[] {
  return saveStatus(volumes, volume, isOver(volume.status?.phase) ? volume : inPhase(volume, 'Released'), (stored) => reclaim(stored, scene, nowMs));
}

function mismatch(volume: Volume, claim: Claim): Action[] {
  return [
    { do: 'event', about: volume, type: 'Warning', reason: 'VolumeMismatch', message: `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${claim.metadata.name}" due to incompatible volumeMode.` },
    { do: 'event', about: claim, type: 'Warning', reason: 'VolumeMismatch', message: `Cannot bind PersistentVolume "${volume.metadata.name}" to requested PersistentVolumeClaim due to incompatible volumeMode.` },
  ];
}
