import { type coreV1, coreV1Resources } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { ephemeralClaimName, isClaimOfPod } from '@kubernode/volume-matching';
import type { Pod } from '../pod/pod-facts.ts';
import { VolumeError } from './compute-payload.ts';

/** The claim that a pod's volume stands for; undefined for volumes that need none. */
export function claimNameOf(pod: Pod, volume: coreV1.Volume): string | undefined {
  return volume.ephemeral === undefined ? volume.persistentVolumeClaim?.claimName : ephemeralClaimName(pod, volume);
}

/** The pod's volumes whose claims it has for reading only. */
export function readOnlyVolumes({ spec }: Pod): ReadonlySet<string> {
  return new Set((spec?.volumes ?? []).filter(({ persistentVolumeClaim }) => persistentVolumeClaim?.readOnly === true).map(({ name }) => name));
}

/** The volume behind a claim, once both are bound to each other. Rejects with VolumeError, in the kubelet's words. */
export async function claimedVolume(pod: Pod, volume: coreV1.Volume, client: Pick<Client, 'get'>): Promise<coreV1.PersistentVolume> {
  const name = claimNameOf(pod, volume) ?? '';
  const { namespace } = pod.metadata;
  const fault = (why: string): VolumeError => new VolumeError(`error processing PVC ${namespace ?? ''}/${name}: ${why}`);
  const claim = await client.get(coreV1Resources.persistentvolumeclaims, { name, namespace }).catch((error: unknown) => { throw fault(`failed to fetch PVC from API server: ${errorMessage(error)}`); });
  if (volume.ephemeral !== undefined && !isClaimOfPod(claim, pod)) throw fault(`PVC ${namespace ?? ''}/${name} was not created for pod ${namespace ?? ''}/${pod.metadata.name} (pod is not owner)`);
  if (claim.metadata.deletionTimestamp !== undefined) throw fault('PVC is being deleted');
  const volumeName = claim.spec?.volumeName ?? '';
  if (claim.status?.phase !== 'Bound' || volumeName === '') throw fault('PVC is not bound');
  const found = await client.get(coreV1Resources.persistentvolumes, { name: volumeName }).catch((error: unknown) => { throw fault(`failed to fetch PV ${volumeName} from API server: ${errorMessage(error)}`); });
  const ref = found.spec?.claimRef;
  if (ref === undefined) throw fault(`found PV object ${volumeName} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`);
  if (ref.uid !== claim.metadata.uid) throw fault(`found PV object ${volumeName} but its pv.Spec.ClaimRef.UID ${ref.uid ?? ''} does not point to claim.UID ${claim.metadata.uid ?? ''}`);
  return found;
}
