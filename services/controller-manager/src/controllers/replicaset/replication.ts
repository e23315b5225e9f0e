import { formatTime, matchesLabels, selectorFromLabels, type LabelSelector, type ObjectMeta, type StatusError, sameJson } from '@kubernode/apimachinery';
import { coreV1Resources, type appsV1, type coreV1, type ResourceRef } from '@kubernode/api';
import { adoptingOwner, claim, controllerReference, wouldAdopt, type Action, type Plan, type Reach } from '@kubernode/controller';
import { conditionOf, withCondition, withoutCondition } from '../conditions.ts';
import { availableInMs, isActivePod, isNamespaceTerminating, isReadyPod, isTerminatingPod, nextAvailableInMs, podFromTemplate, podNamePrefix } from '../pods.ts';
import { withoutZeros } from '../without-zeros.ts';
import { byDeletionOrder } from './deletion-order.ts';

type Pod = Readonly<coreV1.Pod>;

/** A ReplicaSet or a ReplicationController: the same loop, two spellings of the selector. */
export interface Replicated { apiVersion: string; kind: string; metadata: ObjectMeta; spec?: { replicas?: number; minReadySeconds?: number; template?: coreV1.PodTemplateSpec }; status?: appsV1.ReplicaSetStatus }

export interface ReplicationSnapshot {
  owner: Readonly<Replicated>;
  resource: ResourceRef;
  selector: LabelSelector;
  candidates: readonly Pod[];
  /** How many pods on a node have the same Deployment, for choosing whom to delete; 0 where the owner is nobody's. */
  siblingsOn(nodeName: string): number;
  /** ReplicaSets tell of pods that are going; ReplicationControllers do not. */
  countsTerminating: boolean;
}

/** At most this many pods are made or deleted in one go. */
const BURST_MAX = 500;

/** What the local copies cannot tell: whether an owner that is about to adopt was deleted. */
export async function ask(snapshot: ReplicationSnapshot, reach: Reach): Promise<ReplicationSnapshot> {
  const { owner, resource, selector, candidates } = snapshot;
  return wouldAdopt(selector, candidates, isActivePod) ? { ...snapshot, owner: await adoptingOwner(owner, resource, reach) } : snapshot;
}

/** Makes or deletes pods until there are as many as wished, and counts them. */
export function reconcile(snapshot: ReplicationSnapshot, nowMs: number): Plan {
  const { owner, resource, selector, candidates } = snapshot;
  const { owned, actions: claims } = claim(owner, resource, selector, candidates.filter(isActivePod), coreV1Resources.pods);
  const missing = (owner.spec?.replicas ?? 1) - owned.length;
  const status = (error?: StatusError): Action[] => updatedStatus(snapshot, owned, { missing, error, nowMs });
  const pods = owner.metadata.deletionTimestamp !== undefined || missing === 0 ? [] : [missing > 0 ? creations(snapshot, missing, status) : deletions(snapshot, owned, -missing, nowMs, status)];
  return { actions: [...claims, ...pods, ...status()], againAfterMs: nextAvailableInMs(owned, owner.spec?.minReadySeconds ?? 0, nowMs) };
}

function creations({ owner, resource }: ReplicationSnapshot, missing: number, status: (error: StatusError) => Action[]): Action {
  const pod = podFromTemplate(owner.spec?.template ?? {}, { namespace: owner.metadata.namespace ?? '', generateName: podNamePrefix(owner.metadata.name), ownerReference: controllerReference(owner, resource) });
  const create: Action = {
    do: 'create', resource: coreV1Resources.pods, object: pod,
    then: (created) => [{ do: 'event', about: owner, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${created.metadata.name}` }],
    otherwise: (error) => (isNamespaceTerminating(error) ? { handled: true } : { actions: [{ do: 'event', about: owner, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` }] }),
  };
  return { do: 'slow-start', actions: Array.from({ length: Math.min(missing, BURST_MAX) }, () => create), failed: status };
}

function deletions({ owner, siblingsOn }: ReplicationSnapshot, owned: readonly Pod[], surplus: number, nowMs: number, status: (error: StatusError) => Action[]): Action {
  const victims = [...owned].sort(byDeletionOrder(siblingsOn, nowMs)).slice(0, Math.min(surplus, BURST_MAX));
  return {
    do: 'all', failed: status,
    actions: victims.map(({ metadata: { name, namespace, uid } }): Action => ({
      do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid,
      then: () => [{ do: 'event', about: owner, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` }],
      otherwise: (error) => ({ actions: [{ do: 'event', about: owner, type: 'Warning', reason: 'FailedDelete', message: `Error deleting: ${error.message}` }] }),
    })),
  };
}

interface Outcome { missing: number; error: StatusError | undefined; nowMs: number }

function updatedStatus(snapshot: ReplicationSnapshot, owned: readonly Pod[], outcome: Outcome): Action[] {
  const { owner, resource } = snapshot;
  const status = countedStatus(snapshot, owned, outcome);
  if (sameJson(status, owner.status)) return [];
  return [{ do: 'update', resource, object: { ...owner, status }, subresource: 'status' }];
}

function countedStatus({ owner, selector, candidates, countsTerminating }: ReplicationSnapshot, owned: readonly Pod[], outcome: Outcome): appsV1.ReplicaSetStatus {
  const templateLabels = selectorFromLabels(owner.spec?.template?.metadata?.labels);
  const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
  const terminating = candidates.filter((pod) => isTerminatingPod(pod) && matchesLabels(selector, pod.metadata.labels) && pod.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) === true);
  const conditions = failureConditions(owner.status?.conditions ?? [], outcome);
  return withoutZeros<appsV1.ReplicaSetStatus>({
    replicas: owned.length,
    fullyLabeledReplicas: owned.filter((pod) => matchesLabels(templateLabels, pod.metadata.labels)).length,
    readyReplicas: owned.filter(isReadyPod).length,
    availableReplicas: owned.filter((pod) => availableInMs(pod, minReadySeconds, outcome.nowMs) === 0).length,
    ...(countsTerminating && { terminatingReplicas: terminating.length }),
    observedGeneration: owner.metadata.generation ?? 0,
    ...(conditions.length > 0 && { conditions: [...conditions] }),
  }, ['replicas', 'terminatingReplicas']);
}

/** A failure stands, with its first message, until a reconcile succeeds. */
function failureConditions(conditions: readonly appsV1.ReplicaSetCondition[], { missing, error, nowMs }: Outcome): readonly appsV1.ReplicaSetCondition[] {
  if (error === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  if (conditionOf(conditions, 'ReplicaFailure') !== undefined) return conditions;
  const [reason, message] = missing > 0 ? ['FailedCreate', error.message] : ['FailedDelete', `unable to delete pods: ${error.message}`];
  return withCondition(conditions, { type: 'ReplicaFailure', status: 'True', reason, message, lastTransitionTime: formatTime(nowMs) });
}
