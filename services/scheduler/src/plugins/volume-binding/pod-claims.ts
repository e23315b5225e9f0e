import type { coreV1, storageV1 } from '@kubernode/api';
import { ephemeralClaimName, isBindingDelayed, isClaimOfPod, volumeAnnotations } from '@kubernode/volume-matching';

type Pod = Readonly<coreV1.Pod>;
type Claim = Readonly<coreV1.PersistentVolumeClaim>;

/** A pod's claims by what has to happen to them. */
export interface PodClaims {
  readonly bound: readonly Claim[];
  /** Get their volume when their pod gets its node. */
  readonly delayed: readonly Claim[];
  /** Should have been bound before. */
  readonly immediate: readonly Claim[];
}

export interface ClaimSource { claim(key: string): Claim | undefined; classOf(name: string): Readonly<storageV1.StorageClass> | undefined }

/** The pod's claims; or a text that says why it has to wait. Undefined: it has none. */
export function podClaims(pod: Pod, { claim, classOf }: ClaimSource): PodClaims | string | undefined {
  const { namespace = '' } = pod.metadata;
  const found: Claim[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    const isEphemeral = volume.ephemeral !== undefined;
    const name = volume.persistentVolumeClaim?.claimName ?? (isEphemeral ? ephemeralClaimName(pod, volume) : undefined);
    if (name === undefined) continue;
    const one = claim(`${namespace}/${name}`);
    const fault = one === undefined ? missing(name, isEphemeral) : claimFault(one, pod, isEphemeral);
    if (fault !== undefined) return fault;
    if (one !== undefined) found.push(one);
  }
  if (found.length === 0) return undefined;
  const isDelayed = (one: Claim): boolean => isBindingDelayed(one, classOf) && (one.spec?.volumeName ?? '') === '';
  const unbound = found.filter((one) => !isFullyBound(one));
  return { bound: found.filter(isFullyBound), delayed: unbound.filter(isDelayed), immediate: unbound.filter((one) => !isDelayed(one)) };
}

function missing(name: string, isEphemeral: boolean): string {
  return isEphemeral ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"` : `persistentvolumeclaim "${name}" not found`;
}

function claimFault(claim: Claim, pod: Pod, isEphemeral: boolean): string | undefined {
  const { name, namespace = '', deletionTimestamp } = claim.metadata;
  if (claim.status?.phase === 'Lost') return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
  if (deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
  return isEphemeral && !isClaimOfPod(claim, pod) ? `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)` : undefined;
}

/** Both sides agree, and the controller has said so. */
export function isFullyBound({ metadata, spec }: Claim): boolean {
  return (spec?.volumeName ?? '') !== '' && metadata.annotations?.[volumeAnnotations.bindCompleted] !== undefined;
}
