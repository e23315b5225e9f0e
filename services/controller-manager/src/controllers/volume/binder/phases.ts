import { compareQuantities, parseQuantity, quantityFault, sameJson } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { storageOf, volumeAnnotations } from '@kubernode/volume-matching';
import { claims, saveStatus, volumes } from '../save.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

export type VolumePhase = 'Available' | 'Bound' | 'Released' | 'Failed';

/** The volume in a phase; the same object when it is in it already, whatever its message says. */
export function inPhase(volume: Volume, phase: VolumePhase, message = ''): Volume {
  if (volume.status?.phase === phase) return volume;
  const { message: _before, ...status } = volume.status ?? {};
  return { ...volume, status: { ...status, phase, ...(message !== '' && { message }) } };
}

/** Marks a volume as failed, and says why once. */
export function fail(volume: Volume, reason: string, message: string): Action[] {
  const failed = inPhase(volume, 'Failed', message);
  return failed === volume ? [] : saveStatus(volumes, volume, failed, (stored) => [{ do: 'event', about: stored, type: 'Warning', reason, message }]);
}

/** The status that a claim has without a volume; nothing of a volume is left in it. */
export function unboundStatus(claim: Claim, phase: 'Pending' | 'Lost'): Claim {
  const { accessModes, capacity, currentVolumeAttributesClassName, ...rest } = claim.status ?? {};
  const clean = accessModes === undefined && capacity === undefined && currentVolumeAttributesClassName === undefined;
  return clean && rest.phase === phase ? claim : { ...claim, status: { ...rest, phase } };
}

/** The status of a claim bound to the volume. Its capacity is set only as it becomes Bound: later the resizer keeps it. */
export function boundStatus(claim: Claim, volume: Volume): Claim {
  const before = claim.status ?? {};
  const becomes = before.phase !== 'Bound';
  const status: coreV1.PersistentVolumeClaimStatus = { ...before, phase: 'Bound', ...(volume.spec?.accessModes && { accessModes: volume.spec.accessModes }) };
  if (becomes) status.capacity = capacityFrom(volume, before.capacity);
  if (before.phase === 'Pending') {
    const name = volume.spec?.volumeAttributesClassName;
    if (name === undefined) delete status.currentVolumeAttributesClassName;
    else status.currentVolumeAttributesClassName = name;
  }
  return sameJson(status, before) ? claim : { ...claim, status };
}

function capacityFrom(volume: Volume, known: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const capacity = volume.spec?.capacity ?? {};
  const beforeResize = volume.metadata.annotations?.[volumeAnnotations.preResizeCapacity];
  if (beforeResize !== undefined) return { ...known, storage: quantityFault(beforeResize) === undefined ? beforeResize : capacity['storage'] ?? '0' };
  const same = known?.['storage'] !== undefined && compareQuantities(parseQuantity(known['storage']), storageOf(capacity)) === 0;
  return same ? known : capacity;
}

/** Brings a claim's status to a phase without a volume. */
export function leaveUnbound(claim: Claim): Action[] {
  return saveStatus(claims, claim, unboundStatus(claim, 'Pending'));
}

/** Marks a claim whose volume is gone for good, and says why once. */
export function lose(claim: Claim, reason: string, message: string): Action[] {
  if (claim.status?.phase === 'Lost') return [];
  return saveStatus(claims, claim, unboundStatus(claim, 'Lost'), (stored) => [{ do: 'event', about: stored, type: 'Warning', reason, message }]);
}
