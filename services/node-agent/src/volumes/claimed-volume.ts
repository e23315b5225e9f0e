import { type coreV1, coreV1Resources } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { ephemeralClaimName, isClaimOfPod } from '@kubernode/volume-matching';
import type { Pod } from '../pod/pod-facts.ts';
import { VolumeError } from './volume-error.ts';
import { type UsedVolumes, usedVolumes, type VolumeSpec } from './volume-spec.ts';

const PROTECTION_FINALIZER = 'kubernetes.io/pvc-protection';

/** The claim that a pod's volume stands for; undefined for volumes that need none. */
export function claimNameOf(pod: Pod, volume: coreV1.Volume): string | undefined {
  return volume.ephemeral === undefined ? volume.persistentVolumeClaim?.claimName : ephemeralClaimName(pod, volume);
}

/** What stands behind a volume of a pod. Rejects with VolumeError, in the kubelet's words. */
export async function volumeSpec(pod: Pod, volume: coreV1.Volume, client: Pick<Client, 'get'>): Promise<VolumeSpec> {
  if (claimNameOf(pod, volume) === undefined) return { outerName: volume.name, name: volume.name, readOnly: false, block: false, inline: volume };
  const { claim, persistent } = await claimedVolume(pod, volume, client);
  const mode = persistent.spec?.volumeMode ?? 'Filesystem';
  checkMode(volume.name, mode, usedVolumes(pod));
  return { outerName: volume.name, name: persistent.metadata.name, readOnly: volume.persistentVolumeClaim?.readOnly === true, block: mode === 'Block', persistent, claim };
}

function checkMode(name: string, mode: string, { mounts, devices }: UsedVolumes): void {
  if (mounts.has(name) && mode !== 'Filesystem') throw new VolumeError(`volume ${name} has volumeMode ${mode}, but is specified in volumeMounts`);
  if (devices.has(name) && mode !== 'Block') throw new VolumeError(`volume ${name} has volumeMode ${mode}, but is specified in volumeDevices`);
}

/** The volume behind a claim, once both are bound to each other. */
async function claimedVolume(pod: Pod, volume: coreV1.Volume, client: Pick<Client, 'get'>): Promise<{ claim: coreV1.PersistentVolumeClaim; persistent: coreV1.PersistentVolume }> {
  const name = claimNameOf(pod, volume) ?? '';
  const namespace = pod.metadata.namespace ?? '';
  const fault = (why: string): VolumeError => new VolumeError(`error processing PVC ${namespace}/${name}: ${why}`);
  const claim = await client.get(coreV1Resources.persistentvolumeclaims, { name, namespace }).catch((error: unknown) => { throw fault(`failed to fetch PVC from API server: ${errorMessage(error)}`); });
  const { metadata: { deletionTimestamp, finalizers = [], uid }, spec, status } = claim;
  if (deletionTimestamp !== undefined && !finalizers.includes(PROTECTION_FINALIZER)) throw fault('PVC is being deleted');
  if (status?.phase !== 'Bound') throw fault('PVC is not bound');
  const volumeName = spec?.volumeName ?? '';
  if (volumeName === '') throw fault('PVC has empty pvc.Spec.VolumeName');
  if (volume.ephemeral !== undefined && !isClaimOfPod(claim, pod)) throw new VolumeError(`PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`);
  const persistent = await client.get(coreV1Resources.persistentvolumes, { name: volumeName }).catch((error: unknown) => { throw fault(`failed to fetch PV ${volumeName} from API server: ${errorMessage(error)}`); });
  const ref = persistent.spec?.claimRef;
  if (ref === undefined) throw fault(`found PV object ${volumeName} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`);
  if (ref.uid !== uid) throw fault(`found PV object ${volumeName} but its pv.Spec.ClaimRef.UID ${ref.uid ?? ''} does not point to claim.UID ${uid ?? ''}`);
  return { claim, persistent };
}
