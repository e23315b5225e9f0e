import type { coreV1, storageV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { claimClass, claimHasClass, defaultStorageClass, isBindingDelayed, isNodeSelected, isVolumeBoundToClaim, volumeAnnotations } from '@kubernode/volume-matching';
import { claims, save } from '../save.ts';
import { bestVolume } from './best-volume.ts';
import { bind } from './bind.ts';
import { leaveUnbound } from './phases.ts';
import { provision } from './provisioning.ts';
import { unfitFor } from './requested-volume.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

export interface ClaimScene {
  claim: Claim;
  /** The volume that the claim names. */
  named: Volume | undefined;
  /** Volumes reserved for the claim, and those of its class that nobody has. */
  candidates: readonly Volume[];
  classes: readonly Readonly<storageV1.StorageClass>[];
  /** Names of live pods that use the claim and have no node yet. */
  waitingPods: readonly string[];
  /** Whether claims get volumes made for them. */
  dynamic: boolean;
}

/** Finds a claim that was never bound its volume, or asks for one. */
export function bindNew(scene: ClaimScene): Action[] {
  return scene.claim.spec?.volumeName === undefined || scene.claim.spec.volumeName === '' ? bindAny(scene) : bindNamed(scene, scene.claim.spec.volumeName);
}

function bindAny(scene: ClaimScene): Action[] {
  const { claim, candidates, classes } = scene;
  const classOf = (name: string): ClaimScene['classes'][number] | undefined => classes.find(({ metadata }) => metadata.name === name);
  const delayed = isBindingDelayed(claim, classOf);
  const volume = bestVolume(claim, candidates, delayed);
  if (volume !== undefined) return bind(volume, claim);
  const given = defaultStorageClass(classes);
  if (!claimHasClass(claim) && given !== undefined) return save(claims, claim, { ...claim, spec: { ...claim.spec, storageClassName: given.metadata.name } }); // its change brings the claim back
  if (delayed && !isNodeSelected(claim)) return [tellWaiting(scene), ...leaveUnbound(claim)];
  if (claimClass(claim) !== '') return scene.dynamic ? provision(claim, classOf) : [];
  return [tell(claim, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set'), ...leaveUnbound(claim)];
}

function tellWaiting({ claim, waitingPods }: ClaimScene): Action {
  if (waitingPods.length === 0) return tell(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  return tell(claim, 'Normal', 'WaitForPodScheduled', `waiting for ${waitingPods.length === 1 ? 'pod' : 'pods'} ${waitingPods.join(',')} to be scheduled`);
}

function bindNamed({ claim, named }: ClaimScene, volumeName: string): Action[] {
  if (named === undefined) return leaveUnbound(claim); // until there is one of the name
  if (named.spec?.claimRef === undefined) {
    const fault = unfitFor(claim, named);
    return fault === undefined ? bind(named, claim) : [tell(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume "${volumeName}": ${fault}`), ...leaveUnbound(claim)];
  }
  if (isVolumeBoundToClaim(named, claim)) return bind(named, claim);
  const taken = tell(claim, 'Warning', 'FailedBinding', `volume "${volumeName}" already bound to a different claim.`);
  // A controller chose the volume once: somebody took the marks of that binding off. Nothing of it may be overwritten.
  return claim.metadata.annotations?.[volumeAnnotations.boundByController] === undefined ? [taken, ...leaveUnbound(claim)] : [taken];
}

function tell(claim: Claim, type: 'Normal' | 'Warning', reason: string, message: string): Action {
  return { do: 'event', about: claim, type, reason, message };
}
