import { coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { hasOtherController, isLeftBehind, ownersAreRight, rightReferences, type ClaimUser } from './claim-retention.ts';
import { claimEvent, podEvent, tell } from './statefulset-events.ts';
import { claimName, inBounds, podName } from './statefulset-identity.ts';

type StatefulSet = Readonly<appsV1.StatefulSet>;
type Claim = Readonly<coreV1.PersistentVolumeClaim>;

/** The claims of one ordinal of a set, and what is known of them. */
export interface ClaimScene { set: StatefulSet; claimNamed(name: string): Claim | undefined }

const claims = coreV1Resources.persistentvolumeclaims;

/** The pod of an ordinal as far as its claims care; without a uid, one that is about to be made. */
export function claimUser(set: StatefulSet, ordinal: number, uid: string = ''): ClaimUser {
  return { name: podName(set, ordinal), uid, condemned: !inBounds(ordinal, set) };
}

function templates({ spec }: StatefulSet): readonly coreV1.PersistentVolumeClaim[] { return spec?.volumeClaimTemplates ?? []; }

function presentClaims({ set, claimNamed }: ClaimScene, ordinal: number): Claim[] {
  return templates(set).flatMap((template) => claimNamed(claimName(template, set, ordinal)) ?? []);
}

/** Makes the claims of an ordinal that are missing. `onFault`: what is told besides, for which verb on the pod. */
export function createClaims({ set, claimNamed }: ClaimScene, ordinal: number, onFault?: 'Create' | 'Update'): Action[] {
  const pod = podName(set, ordinal);
  return templates(set).filter((template) => claimNamed(claimName(template, set, ordinal)) === undefined).map((template): Action => {
    const name = claimName(template, set, ordinal);
    return {
      do: 'create', resource: claims, object: newClaim(set, template, name),
      then: () => [claimEvent(set, name, pod)],
      otherwise: (error) => {
        if (error.reason === 'AlreadyExists') return { handled: true }; // made a moment ago, and not seen yet
        return { actions: [claimEvent(set, name, pod, error.message), ...(onFault === undefined ? [] : [podEvent(set, onFault, pod, `failed to create PVC ${name}: ${error.message}`)])] };
      },
    };
  });
}

function newClaim(set: StatefulSet, template: Claim, name: string): unknown {
  const { labels, annotations, finalizers } = template.metadata;
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec: template.spec,
    metadata: { name, namespace: set.metadata.namespace ?? '', labels: { ...labels, ...set.spec?.selector.matchLabels }, ...(annotations && { annotations }), ...(finalizers && { finalizers }) },
  };
}

/** What keeps a pod of this ordinal from being made: a claim that is on its way out. */
export function goingClaims(scene: ClaimScene, ordinal: number): string[] {
  return presentClaims(scene, ordinal).filter(({ metadata }) => metadata.deletionTimestamp !== undefined).map(({ metadata }) => `pvc ${metadata.name} is being deleted`);
}

export function hasLeftBehindClaim(scene: ClaimScene, ordinal: number): boolean {
  return presentClaims(scene, ordinal).some((claim) => isLeftBehind(claim, scene.set, claimUser(scene.set, ordinal)));
}

export function claimsAreRight(scene: ClaimScene, ordinal: number, user: ClaimUser): boolean {
  return presentClaims(scene, ordinal).every((claim) => ownersAreRight(claim, scene.set, user));
}

/** Gives the claims of a pod the owners that the retention policy asks for. */
export function retainClaims(scene: ClaimScene, ordinal: number, user: ClaimUser): Action[] {
  const { set } = scene;
  return presentClaims(scene, ordinal).flatMap((claim): Action[] => {
    const { name } = claim.metadata;
    const conflicting = hasOtherController(claim, set, user)
      ? [tell(set, 'Warning', 'ConflictingController', `PersistentVolumeClaim ${name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`)] : []; // spelt as Kubernetes spells it
    if (ownersAreRight(claim, set, user)) return conflicting;
    return [...conflicting, {
      do: 'update', resource: claims, object: { ...claim, metadata: { ...claim.metadata, ownerReferences: rightReferences(claim, set, user) } },
      otherwise: (error) => (error.reason === 'Conflict' ? {} : { actions: [podEvent(set, 'Update', user.name, `could not update claim ${name} for delete policy ownerRefs: ${error.message}`)] }),
    }];
  });
}
