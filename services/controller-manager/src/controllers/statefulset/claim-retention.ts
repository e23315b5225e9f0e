import type { ObjectMeta, OwnerReference } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1, type ResourceRef } from '@kubernode/api';
import { controllerReference } from '@kubernode/controller';

type StatefulSet = Readonly<appsV1.StatefulSet>;
type Claim = Readonly<coreV1.PersistentVolumeClaim>;

/** A pod that may not exist yet: then its uid is ''. `condemned` ones are beyond what the set wishes for. */
export interface ClaimUser { name: string; uid: string; condemned: boolean }

/**
 * Who has to own a claim, so that the garbage collector does what persistentVolumeClaimRetentionPolicy asks:
 *
 *     whenScaled  whenDeleted  owner, while the pod is wished for  owner, once it is condemned
 *     Retain      Retain       nobody                              nobody
 *     Retain      Delete       the set                             the set
 *     Delete      Retain       nobody                              the pod
 *     Delete      Delete       the set                             the pod
 */
export function rightfulOwner(set: StatefulSet, { condemned }: ClaimUser): 'set' | 'pod' | 'nobody' {
  const { whenScaled, whenDeleted } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  if (whenScaled === 'Delete' && condemned) return 'pod';
  return whenDeleted === 'Delete' ? 'set' : 'nobody';
}

/** Whether a claim's owners are as they should be, or such that they are better left alone. */
export function ownersAreRight(claim: Claim, set: StatefulSet, user: ClaimUser): boolean {
  const owners = ownersOf(claim, set, user);
  if (owners.staleSet || owners.stalePod) return true; // of a namesake that is gone: the garbage collector's to settle
  if (hasOtherController(claim, set, user)) return !owners.set && !owners.pod;
  if (owners.uncontrolled) return false;
  const rightful = rightfulOwner(set, user);
  return owners.set === (rightful === 'set') && owners.pod === (rightful === 'pod');
}

/** The claim's references as the policy wants them; none of ours beside another controller. */
export function rightReferences(claim: Claim, set: StatefulSet, user: ClaimUser): OwnerReference[] {
  const others = (claim.metadata.ownerReferences ?? []).filter((reference) => !names(reference, set.metadata.name, SET) && !names(reference, user.name, POD));
  const rightful = rightfulOwner(set, user);
  if (hasOtherController(claim, set, user) || rightful === 'nobody') return others;
  const [owner, resource]: [{ metadata: ObjectMeta }, ResourceRef] = rightful === 'set' ? [set, SET] : [{ metadata: user }, POD];
  return others.some(({ uid }) => uid === owner.metadata.uid) ? others : [...others, controllerReference(owner, resource)];
}

/** Whether a claim belongs to an earlier pod of the same name and will go with it: a new pod must wait for that. */
export function isLeftBehind(claim: Claim, set: StatefulSet, user: ClaimUser): boolean {
  return set.spec?.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete' && ownersOf(claim, set, user).stalePod;
}

/** Whether something else manages the claim, which a policy other than to retain would fight with. */
export function hasOtherController({ metadata }: Claim, set: StatefulSet, user: ClaimUser): boolean {
  const { whenScaled, whenDeleted } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  if (whenScaled !== 'Delete' && whenDeleted !== 'Delete') return false;
  return (metadata.ownerReferences ?? []).some((reference) => {
    if (names(reference, set.metadata.name, SET)) return reference.uid !== set.metadata.uid;
    if (names(reference, user.name, POD)) return reference.uid !== user.uid;
    return reference.controller === true;
  });
}

const SET: ResourceRef = appsV1Resources.statefulsets;
const POD: ResourceRef = coreV1Resources.pods;

/** `uncontrolled`: the set or the pod is an owner, but not the one that manages the claim. */
function ownersOf({ metadata }: Claim, set: StatefulSet, { name, uid }: ClaimUser): { set: boolean; pod: boolean; staleSet: boolean; stalePod: boolean; uncontrolled: boolean } {
  const references = metadata.ownerReferences ?? [];
  const ours = references.filter((reference) => reference.uid === set.metadata.uid || reference.uid === uid);
  const setNamed = references.find((reference) => names(reference, set.metadata.name, SET));
  const podNamed = references.find((reference) => names(reference, name, POD));
  return {
    set: ours.some((reference) => reference.uid === set.metadata.uid), pod: ours.some((reference) => reference.uid === uid),
    staleSet: setNamed !== undefined && setNamed.uid !== set.metadata.uid, stalePod: podNamed !== undefined && podNamed.uid !== uid,
    uncontrolled: ours.some(({ controller }) => controller !== true),
  };
}

function names({ apiVersion, kind, name }: OwnerReference, wanted: string, { group, version, kind: wantedKind }: ResourceRef): boolean {
  return name === wanted && kind === wantedKind && apiVersion === (group === '' ? version : `${group}/${version}`);
}
