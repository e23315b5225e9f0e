import type { coreV1 } from '@kubernode/api';

type Pod = Readonly<coreV1.Pod>;

/** Name of the claim that is made for an ephemeral volume of a pod. */
export function ephemeralClaimName(pod: Pod, volume: Readonly<coreV1.Volume>): string {
  return `${pod.metadata.name}-${volume.name}`;
}

/** Whether the claim was made for an ephemeral volume of this pod, and does not merely have the name. */
export function isClaimOfPod({ metadata: claim }: Readonly<coreV1.PersistentVolumeClaim>, { metadata: pod }: Pod): boolean {
  return claim.namespace === pod.namespace && claim.ownerReferences?.some(({ controller, uid }) => controller === true && uid === pod.uid) === true;
}

/** Names of the claims that a pod's volumes use, in order. */
export function claimNamesOf(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim !== undefined) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral === undefined ? [] : [ephemeralClaimName(pod, volume)];
  });
}
