import type { coreV1, resourceV1 } from '@kubernode/api';
import { controllerOf } from '@kubernode/controller';

export type Pod = Readonly<coreV1.Pod>;
export type Claim = Readonly<resourceV1.ResourceClaim>;
export type PodClaim = Readonly<coreV1.PodResourceClaim>;

/** On a claim that was made from a template: which of the pod's claims it is. */
export const POD_CLAIM_NAME = 'resource.kubernetes.io/pod-claim-name';
/** Keeps a claim while its allocation is in use. */
export const CLAIM_FINALIZER = 'resource.kubernetes.io/delete-protection';

export type ClaimState =
  /** `generated`: made for the pod, which has to own it. */
  | { state: 'named'; name: string; generated: boolean }
  /** The pod's status says that it does without. */
  | { state: 'not-needed' }
  | { state: 'to-be-generated' };

/** What is known of a claim that a pod asks for. */
export function claimState({ status }: Pod, { name, resourceClaimName }: PodClaim): ClaimState {
  if (resourceClaimName !== undefined) return { state: 'named', name: resourceClaimName, generated: false };
  const known = status?.resourceClaimStatuses?.find((one) => one.name === name);
  if (known === undefined) return { state: 'to-be-generated' };
  return known.resourceClaimName === undefined ? { state: 'not-needed' } : { state: 'named', name: known.resourceClaimName, generated: true };
}

/** The names of all claims that a pod is known to use. */
export function claimNames(pod: Pod): string[] {
  const named = (pod.spec?.resourceClaims ?? []).flatMap((one) => { const known = claimState(pod, one); return known.state === 'named' ? [known.name] : []; });
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  return extended === undefined ? named : [...named, extended];
}

/** Pods by `namespace/name` of the claims that they use. */
export const PODS_BY_CLAIM = 'resourceClaim';

export function podsByClaim(pod: Pod): string[] {
  return claimNames(pod).map((name) => `${pod.metadata.namespace ?? ''}/${name}`);
}

export function isOwnedBy(claim: Claim, pod: Pod): boolean {
  return controllerOf(claim)?.uid === pod.metadata.uid;
}

/** The pod that a claim was made for. */
export function ownerPod(claim: Claim): { name: string; uid: string } | undefined {
  const owner = controllerOf(claim);
  return owner?.apiVersion === 'v1' && owner.kind === 'Pod' ? owner : undefined;
}

/** It has ended, or it goes and never ran. */
export function isDone({ metadata, spec, status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' || (metadata.deletionTimestamp !== undefined && (spec?.nodeName ?? '') === '');
}
