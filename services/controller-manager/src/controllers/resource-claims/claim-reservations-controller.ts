import { isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, resourceV1Resources, type resourceV1 } from '@kubernode/api';
import type { InformerChange } from '@kubernode/client';
import { controller, nothingToDo, ownKey, watch, type Action, type Controller, type Listers, type Plan, type Reach } from '@kubernode/controller';
import { CLAIM_FINALIZER, claimNames, isDone, ownerPod, type Claim, type Pod } from './pod-claims.ts';

type Consumer = resourceV1.ResourceClaimConsumerReference;

export interface ReservationsSnapshot {
  claim: Claim;
  /** By name: pods that the claim is reserved for, or was made for, as far as they exist. */
  pods: ReadonlyMap<string, Pod>;
}

const { pods } = coreV1Resources;
const { resourceclaims } = resourceV1Resources;

/** Frees claims of pods that need them no more: their reservations, then their allocation, then claims that were made for them. */
export const claimReservationsController: Controller = controller<ReservationsSnapshot>({
  name: 'resource_claim',
  component: 'resource_claim',
  watches: [watch({ resource: resourceclaims, keys: ownKey }), watch({ resource: pods, keys: claimsToFree })],
  read,
  ask,
  reconcile,
});

/** Those of a pod that is gone or done. */
function claimsToFree({ object, previous }: InformerChange<Pod>): string[] {
  const pod = object ?? previous;
  if (pod === undefined || (object !== undefined && !isDone(object))) return [];
  return claimNames(pod).map((name) => `${pod.metadata.namespace ?? ''}/${name}`);
}

function read(key: string, listers: Listers): ReservationsSnapshot | undefined {
  const claim = listers.of(resourceclaims).get(key);
  if (claim === undefined) return undefined;
  const names = [...consumers(claim).filter(isPod).map(({ name }) => name), ...[ownerPod(claim)?.name ?? []].flat()];
  return { claim, pods: new Map(names.flatMap((name): [string, Pod][] => { const pod = listers.of(pods).get(`${claim.metadata.namespace ?? ''}/${name}`); return pod === undefined ? [] : [[name, pod]]; })) };
}

/** A consumer that is not known here may be too new to be: only the server can say that it is gone. */
async function ask(snapshot: ReservationsSnapshot, { client, signal }: Reach): Promise<ReservationsSnapshot> {
  const unknown = consumers(snapshot.claim).filter((one) => isPod(one) && !snapshot.pods.has(one.name));
  if (unknown.length === 0) return snapshot;
  const { namespace } = snapshot.claim.metadata;
  const found = await Promise.all(unknown.map(({ name }) => client.get(pods, { name, namespace }, { signal }).catch((error: unknown) => { if (!isNotFound(error)) throw error; })));
  return { ...snapshot, pods: new Map([...snapshot.pods, ...found.flatMap((pod): [string, Pod][] => (pod ? [[pod.metadata.name, pod]] : []))]) };
}

export function reconcile({ claim, pods: known }: ReservationsSnapshot): Plan {
  const reserved = consumers(claim);
  const remaining = reserved.filter((one) => !isPod(one) || isWanted(one, known));
  const freed = freeing(claim, remaining);
  const unused = remaining.length === 0 && isOfDonePod(claim, known);
  const { name, namespace, uid } = claim.metadata;
  const deletion: Action[] = unused ? [{ do: 'delete', resource: resourceclaims, target: { name, namespace }, uid }] : [];
  return freed.length === 0 && deletion.length === 0 ? nothingToDo : { actions: [...freed, ...deletion] };
}

/** Without consumers the allocation goes with the last of them, and with the allocation what protected it. */
function freeing(claim: Claim, remaining: readonly Consumer[]): Action[] {
  const isOurs = claim.metadata.finalizers?.includes(CLAIM_FINALIZER) === true;
  const hasFewer = remaining.length < consumers(claim).length;
  const isGoing = isOurs && claim.metadata.deletionTimestamp !== undefined && remaining.length === 0;
  if (!hasFewer && !isGoing) return [];
  const ends = isOurs && remaining.length === 0;
  if (!hasFewer && claim.status?.allocation === undefined) return [withoutFinalizer(claim)];
  const { allocation, reservedFor: _before, ...rest } = claim.status ?? {};
  const status: resourceV1.ResourceClaimStatus = { ...rest, ...(!ends && allocation !== undefined && { allocation }), ...(remaining.length > 0 && { reservedFor: [...remaining] }) };
  const object = { ...claim, status };
  return [{ do: 'update', resource: resourceclaims, object, subresource: 'status', then: (written) => (isOurs && status.allocation === undefined ? [withoutFinalizer(written as Claim)] : []) }]; // the answer is the claim
}

function withoutFinalizer(claim: Claim): Action {
  const finalizers = (claim.metadata.finalizers ?? []).filter((one) => one !== CLAIM_FINALIZER);
  return { do: 'update', resource: resourceclaims, object: { ...claim, metadata: { ...claim.metadata, finalizers } } };
}

function isWanted({ name, uid }: Consumer, known: ReadonlyMap<string, Pod>): boolean {
  const pod = known.get(name);
  return pod !== undefined && pod.metadata.uid === uid && !isDone(pod);
}

/** A pod that is gone altogether is the garbage collector's affair. */
function isOfDonePod(claim: Claim, known: ReadonlyMap<string, Pod>): boolean {
  const owner = ownerPod(claim);
  const pod = owner && known.get(owner.name);
  return pod !== undefined && (pod.metadata.uid !== owner?.uid || isDone(pod));
}

function consumers({ status }: Claim): readonly Consumer[] { return status?.reservedFor ?? []; }

function isPod({ apiGroup = '', resource }: Consumer): boolean { return apiGroup === '' && resource === 'pods'; }
