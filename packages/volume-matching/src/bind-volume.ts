import type { coreV1 } from '@kubernode/api';
import { volumeAnnotations } from './volume-annotations.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

/** Whether the volume is reserved for, or bound to, this claim. A reference without uid is a user's reservation for whoever has the name. */
export function isVolumeBoundToClaim({ spec }: Volume, { metadata }: Claim): boolean {
  const ref = spec?.claimRef;
  if (ref === undefined || ref.name !== metadata.name || ref.namespace !== metadata.namespace) return false;
  return ref.uid === undefined || ref.uid === '' || ref.uid === metadata.uid;
}

/** The volume as bound to the claim; the same object when it is already. */
export function bindVolume(volume: Volume, claim: Claim): Volume {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const ref = volume.spec?.claimRef;
  const refers = ref !== undefined && ref.name === name && ref.namespace === namespace && ref.uid === uid;
  const marked = isVolumeBoundToClaim(volume, claim) || volume.metadata.annotations?.[volumeAnnotations.boundByController] !== undefined;
  if (refers && marked) return volume;
  const claimRef: coreV1.ObjectReference = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
  return {
    ...volume,
    metadata: { ...volume.metadata, ...(!marked && { annotations: { ...volume.metadata.annotations, [volumeAnnotations.boundByController]: 'yes' } }) },
    spec: { ...volume.spec, ...(!refers && { claimRef }) },
  };
}
