import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan, type Reach } from '@kubernode/controller';
import { ephemeralClaimName, isClaimOfPod } from '@kubernode/volume-matching';
import { claimKeysOf, podsByClaim } from '../pods-of-claims.ts';
import { claims } from '../save.ts';
import { addFinalizer, lacks, removeFinalizer, waitsFor } from './finalizer.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Pod = Readonly<coreV1.Pod>;

const FINALIZER = 'kubernetes.io/pvc-protection';

export interface ClaimUse { claim: Claim; pods: readonly Pod[] }

/** Keeps claims while pods on nodes use them. */
export const claimProtection: Controller = controller<ClaimUse>({
  name: 'pvcprotection',
  component: 'pvc-protection-controller',
  watches: [
    watch({ resource: claims, keys: ownKey }),
    watch({
      resource: coreV1Resources.pods, indexes: podsByClaim,
      keys: ({ object, previous }, listers) => [object, previous].flatMap((pod) => (pod === undefined ? [] : claimKeysOf(pod).filter((key) => listers.of(claims).get(key)?.metadata.deletionTimestamp !== undefined))),
    }),
  ],
  read(key, listers) {
    const claim = listers.of(claims).get(key);
    return claim === undefined ? undefined : { claim, pods: listers.of(coreV1Resources.pods).byIndex('claimKey', key) };
  },
  ask: confirmUnused,
  reconcile,
});

/** A claim that seems unused may be used by a pod that the local copy does not have yet: its data could not be got back. */
async function confirmUnused(use: ClaimUse, { client, signal }: Reach): Promise<ClaimUse> {
  const { claim } = use;
  if (!waitsFor(claim, FINALIZER) || use.pods.some((pod) => uses(pod, claim))) return use;
  const { items } = await client.list(coreV1Resources.pods, { namespace: claim.metadata.namespace, signal });
  return { claim, pods: items };
}

export function reconcile({ claim, pods }: ClaimUse): Plan {
  if (waitsFor(claim, FINALIZER)) return pods.some((pod) => uses(pod, claim)) ? nothingToDo : { actions: [removeFinalizer(claims, claim, FINALIZER)] };
  return lacks(claim, FINALIZER) ? { actions: [addFinalizer(claims, claim, FINALIZER)] } : nothingToDo;
}

/**
 * Pods without a node do not count: no node starts a pod whose claim is being deleted. A pod that its node is done with no longer holds
 * the claim of an ephemeral volume: the pod may wait in turn for that claim to go.
 */
function uses(pod: Pod, claim: Claim): boolean {
  if ((pod.spec?.nodeName ?? '') === '') return false;
  return (pod.spec?.volumes ?? []).some((volume) => (volume.persistentVolumeClaim !== undefined ? volume.persistentVolumeClaim.claimName === claim.metadata.name
    : volume.ephemeral !== undefined && !isShutDown(pod) && ephemeralClaimName(pod, volume) === claim.metadata.name && isClaimOfPod(claim, pod)));
}

/** The node cleaned up after the pod, or somebody forced its deletion. */
function isShutDown({ metadata }: Pod): boolean { return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0; }
