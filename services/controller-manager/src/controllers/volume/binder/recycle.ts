import { timeToMs, unitsOf, type StatusError, sameJson } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { storageOf } from '@kubernode/volume-matching';
import { unbind } from './bind.ts';
import { fail } from './phases.ts';
import type { VolumeScene } from './volume-scene.ts';

type Volume = Readonly<coreV1.PersistentVolume>;
type Pod = Readonly<coreV1.Pod>;

/** How long a recycler may take: so much for each GiB, but not less than the minimum. */
export interface RecyclerTime { minimumSeconds: number; secondsEachGiB: number }
export interface RecyclerTimes { hostPath: RecyclerTime; nfs: RecyclerTime }

export const RECYCLER_NAMESPACE = 'default';
const PREFIX = 'recycler-for-';
const GIB = 1024n ** 3n;
const REASON = 'VolumeFailedRecycle';

export function recyclerName(volumeName: string): string { return `${PREFIX}${volumeName}`; }

/** The volume that a pod may be emptying. */
export function volumeOfRecycler(pod: Pod | undefined): string[] {
  const { name = '', namespace } = pod?.metadata ?? {};
  return namespace === RECYCLER_NAMESPACE && name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [];
}

/** Empties a volume by a pod that mounts it, and gives it back to all. Each look takes the step that is due. */
export function recycle(volume: Volume, { claim, users, recycler, options }: VolumeScene, nowMs: number): Action[] {
  if (users.length > 0 && claim === undefined) return [{ do: 'event', about: volume, type: 'Normal', reason: REASON, message: `Volume is used by pods: ${users.join(',')}` }];
  const wanted = recyclerOf(volume, options.times);
  if (wanted === undefined) return fail(volume, REASON, 'No recycler plugin found for the volume!');
  if (recycler === undefined) return [{ do: 'create', resource: coreV1Resources.pods, object: wanted, otherwise: (error) => refused(volume, error) }];
  if (recycler.metadata.deletionTimestamp !== undefined) return []; // its end brings the volume back
  if (!sameJson(recycler.spec?.volumes?.[0], wanted.spec?.volumes?.[0])) return [...fail(volume, REASON, 'Recycle failed: old recycler pod found, will retry later'), remove(recycler)];
  const { phase, message = '' } = recycler.status ?? {};
  if (phase === 'Succeeded') return [remove(recycler), { do: 'event', about: volume, type: 'Normal', reason: 'VolumeRecycled', message: 'Volume recycled' }, ...unbind(volume)];
  if (phase !== 'Failed') return [];
  const failed = fail(volume, REASON, `Recycle failed: failed to recycle volume: ${message === '' ? 'pod failed, pod.Status.Message unknown' : message}`);
  const due = nowMs >= (timeToMs(recycler.metadata.creationTimestamp) ?? 0) + options.syncPeriodMs; // else pods that fail would follow each other without pause
  return due ? [...failed, remove(recycler)] : failed;
}

function refused(volume: Volume, { reason, message }: StatusError): { actions: Action[]; handled: boolean } {
  const old = reason === 'AlreadyExists'; // the local copy of pods will have it soon
  return { actions: old ? [] : fail(volume, REASON, `Recycle failed: unexpected error creating recycler pod:  ${message}`), handled: true };
}

function remove({ metadata: { name, namespace, uid } }: Pod): Action {
  return { do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid };
}

/** The pod that empties a volume; undefined for volumes that no pod may empty. */
function recyclerOf(volume: Volume, times: RecyclerTimes): coreV1.Pod | undefined {
  const { hostPath, nfs } = volume.spec ?? {};
  if (hostPath === undefined && nfs === undefined) return undefined;
  const source = hostPath !== undefined ? { hostPath: { path: hostPath.path, type: '' } } : { nfs: { server: nfs?.server ?? '', path: nfs?.path ?? '' } };
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name: recyclerName(volume.metadata.name), namespace: RECYCLER_NAMESPACE },
    spec: {
      activeDeadlineSeconds: secondsFor(volume, hostPath !== undefined ? times.hostPath : times.nfs), restartPolicy: 'Never',
      volumes: [{ name: 'vol', ...source }],
      containers: [{
        name: 'pv-recycler', image: 'registry.k8s.io/build-image/debian-base:bookworm-v1.0.6', command: ['/bin/sh'],
        args: ['-c', 'test -e /scrub && find /scrub -mindepth 1 -delete && test -z "$(ls -A /scrub)" || exit 1'],
        volumeMounts: [{ name: 'vol', mountPath: '/scrub' }],
      }],
    },
  };
}

function secondsFor({ spec }: Volume, { minimumSeconds, secondsEachGiB }: RecyclerTime): number {
  return Math.max(minimumSeconds, Number(unitsOf(storageOf(spec?.capacity)) / GIB) * secondsEachGiB);
}
