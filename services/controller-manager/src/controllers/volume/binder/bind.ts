import type { coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { bindVolume, volumeAnnotations } from '@kubernode/volume-matching';
import { claims, save, saveStatus, volumes, withAnnotations, without } from '../save.ts';
import { boundStatus, inPhase } from './phases.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

const { bindCompleted, boundByController } = volumeAnnotations;

/**
 * Ties volume and claim to each other: first the volume, which only one claim can get, then the claim. Whatever is so already is not
 * written, so that a binding that was cut short is completed by doing it again.
 */
export function bind(volume: Volume, claim: Claim): Action[] {
  return save(volumes, volume, bindVolume(volume, claim), (reserved) =>
    saveStatus(volumes, reserved, inPhase(reserved, 'Bound'), (bound) =>
      save(claims, claim, boundTo(claim, bound), (named) =>
        saveStatus(claims, named, boundStatus(named, bound)))));
}

function boundTo(claim: Claim, volume: Volume): Claim {
  const { name } = volume.metadata;
  const known = claim.metadata.annotations ?? {};
  const names = claim.spec?.volumeName === name;
  if (names && known[bindCompleted] !== undefined) return claim;
  const marked = withAnnotations(claim, { [bindCompleted]: 'yes', ...(!names && { [boundByController]: 'yes' }), ...known });
  return names ? marked : { ...marked, spec: { ...marked.spec, volumeName: name } };
}

/** Takes a binding back: wholly when a controller made it; of a user's only the uid, so that the reservation stays. */
export function unbind(volume: Volume): Action[] {
  return save(volumes, volume, released(volume), (free) => saveStatus(volumes, free, inPhase(free, 'Available')));
}

function released(volume: Volume): Volume {
  const { claimRef, ...spec } = volume.spec ?? {};
  if (volume.metadata.annotations?.[boundByController] !== undefined) return { ...withAnnotations(volume, without(volume.metadata.annotations, boundByController)), spec };
  const { uid: _uid, ...reservation } = claimRef ?? {};
  return { ...volume, spec: { ...spec, claimRef: reservation } };
}
