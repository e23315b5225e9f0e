import { unitsOf } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { claimClass, offersAccessModes, storageOf, volumeClass, volumeModesDiffer } from '@kubernode/volume-matching';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

/** Why a claim cannot have the volume it names; undefined when it can. */
export function unfitFor(claim: Claim, volume: Volume): string | undefined {
  if (volume.metadata.deletionTimestamp !== undefined) return `the volume is marked for deletion "${volume.metadata.name}"`;
  if (unitsOf(storageOf(volume.spec?.capacity)) < unitsOf(storageOf(claim.spec?.resources?.requests))) return 'requested PV is too small';
  if (volumeClass(volume) !== claimClass(claim)) return 'storageClassName does not match';
  if ((claim.spec?.volumeAttributesClassName ?? '') !== (volume.spec?.volumeAttributesClassName ?? '')) return 'volumeAttributesClassName does not match';
  if (volumeModesDiffer(claim, volume)) return 'incompatible volumeMode';
  return offersAccessModes(volume, claim) ? undefined : 'incompatible accessMode';
}
