import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, controllerReference, nothingToDo, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { ephemeralClaimName, isClaimOfPod } from '@kubernode/volume-matching';
import { podsByClaim } from '../pods-of-claims.ts';
import { claims } from '../save.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Pod = Readonly<coreV1.Pod>;

const pods = coreV1Resources.pods;

export interface EphemeralScene { pod: Pod; claimOf(name: string): Claim | undefined }

/** Makes the claims of pods' ephemeral volumes. They go with their pod, by the garbage collector. */
export function ephemeralVolumeController(onCreate?: (made: boolean) => void): Controller {
  return controller<EphemeralScene>({
    name: 'ephemeral_volume',
    component: 'ephemeral_volume',
    watches: [
      watch({ resource: pods, indexes: podsByClaim, keys: ({ key, object, previous }) => (object !== undefined && previous?.metadata.uid !== object.metadata.uid && isConcerned(object) ? [key] : []) }), // volumes of a pod never change
      watch({
        resource: claims, // one that somebody deleted is made again
        keys: ({ key, object }, listers) => (object !== undefined ? [] : listers.of(pods).byIndex('claimKey', key).filter(isConcerned).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`)),
      }),
    ],
    read(key, listers) {
      const pod = listers.of(pods).get(key);
      return pod === undefined ? undefined : { pod, claimOf: (name) => listers.of(claims).get(`${pod.metadata.namespace ?? ''}/${name}`) };
    },
    reconcile: (scene) => reconcile(scene, onCreate),
  });
}

function isConcerned({ metadata, spec }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && spec?.volumes?.some(({ ephemeral }) => ephemeral !== undefined) === true;
}

/** The pod's volumes in order; the first that cannot have its claim ends the look, which is taken again later. */
export function reconcile({ pod, claimOf }: EphemeralScene, onCreate?: (made: boolean) => void): Plan {
  if (!isConcerned(pod)) return nothingToDo;
  const actions: Action[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    if (volume.ephemeral === undefined) continue;
    const name = ephemeralClaimName(pod, volume);
    const claim = claimOf(name);
    if (claim === undefined) actions.push(createClaim(pod, volume, name, onCreate));
    else if (!isClaimOfPod(claim, pod)) return { actions: [...actions, tell(pod, volume.name, notOurs(claim, pod))], againAfterMs: CONFLICT_RECHECK_MS };
  }
  return { actions };
}

/** A claim in the way is looked at again after this long, should its deletion go unnoticed. */
const CONFLICT_RECHECK_MS = 60_000;

function createClaim(pod: Pod, { name: volumeName, ephemeral }: Readonly<coreV1.Volume>, name: string, onCreate?: (made: boolean) => void): Action {
  const { metadata, spec } = ephemeral?.volumeClaimTemplate ?? {};
  const { annotations, labels } = metadata ?? {};
  const { namespace } = pod.metadata;
  return {
    do: 'create', resource: claims,
    object: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace, ownerReferences: [controllerReference(pod, pods)], ...(annotations && { annotations }), ...(labels && { labels }) }, spec },
    then: () => { onCreate?.(true); return []; },
    otherwise: ({ message }) => { onCreate?.(false); return { actions: [tell(pod, volumeName, `create PVC ${name}: ${message}`)] }; },
  };
}

function notOurs({ metadata: claim }: Claim, { metadata: pod }: Pod): string {
  return `PVC ${claim.namespace ?? ''}/${claim.name} was not created for pod ${pod.namespace ?? ''}/${pod.name} (pod is not owner)`;
}

function tell(pod: Pod, volumeName: string, fault: string): Action {
  return { do: 'event', about: pod, type: 'Warning', reason: 'FailedBinding', message: `ephemeral volume ${volumeName}: ${fault}` };
}
