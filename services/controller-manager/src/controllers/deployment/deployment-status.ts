import { formatTime, timeToMs } from '@kubernode/apimachinery';
import type { appsV1 } from '@kubernode/api';
import { conditionOf, withCondition, withoutCondition } from '../conditions.ts';
import { withoutZeros } from '../without-zeros.ts';
import { maxUnavailable, totalStatus, totalTerminating, totalWanted, wantedReplicas } from './replica-counts.ts';

type Deployment = Readonly<appsV1.Deployment>;
type ReplicaSet = Readonly<appsV1.ReplicaSet>;
type Status = appsV1.DeploymentStatus;
type Condition = appsV1.DeploymentCondition;

const INT32_MAX = 2 ** 31 - 1;

export interface Rollout {
  deployment: Deployment;
  /** As far as it exists. */
  newSet: ReplicaSet | undefined;
  oldSets: readonly ReplicaSet[];
  nowMs: number;
}

export function hasProgressDeadline({ spec }: Deployment): boolean {
  return spec?.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== INT32_MAX;
}

export function deploymentCondition(type: string, status: string, reason: string, message: string, nowMs: number): Condition {
  const now = formatTime(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

/** Whether all wished pods are of the newest template and available. */
export function isComplete(deployment: Deployment, status: Status | undefined): boolean {
  const wanted = wantedReplicas(deployment);
  return (status?.updatedReplicas ?? 0) === wanted && (status?.replicas ?? 0) === wanted && (status?.availableReplicas ?? 0) === wanted
    && (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}

/** The conditions as they are before progress is judged: pausing, resuming, and a ReplicaSet met for the first time show. */
export function notedConditions({ deployment, newSet, nowMs }: Rollout): readonly appsV1.DeploymentCondition[] {
  const conditions = deployment.status?.conditions ?? [];
  const progressing = conditionOf(conditions, 'Progressing');
  if (!hasProgressDeadline(deployment)) return conditions;
  const note = (status: string, reason: string, message: string): readonly appsV1.DeploymentCondition[] => withCondition(conditions, deploymentCondition('Progressing', status, reason, message, nowMs));
  if (progressing?.reason !== 'ProgressDeadlineExceeded') {
    const wasPaused = progressing?.reason === 'DeploymentPaused';
    if (deployment.spec?.paused === true && !wasPaused) return note('Unknown', 'DeploymentPaused', 'Deployment is paused');
    if (deployment.spec?.paused !== true && wasPaused) return note('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  }
  return progressing === undefined && newSet !== undefined ? note('True', 'FoundNewReplicaSet', `Found new replica set "${newSet.metadata.name}"`) : conditions;
}

/** The counts and the Available condition. `conditions` are those known or just decided. */
export function countedStatus({ deployment, newSet, oldSets, nowMs }: Rollout, conditions: readonly Condition[]): Status {
  const all = newSet === undefined ? oldSets : [...oldSets, newSet];
  const available = totalStatus(all, 'availableReplicas');
  const terminating = totalTerminating(all);
  const availability = available >= wantedReplicas(deployment) - maxUnavailable(deployment)
    ? deploymentCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', nowMs)
    : deploymentCondition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', nowMs);
  const { collisionCount } = deployment.status ?? {};
  return withoutZeros<Status>({
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: totalStatus(all, 'replicas'),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: totalStatus(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalWanted(all) - available),
    ...(terminating !== undefined && { terminatingReplicas: terminating }),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withCondition(conditions, availability),
  }, ['terminatingReplicas', 'collisionCount']);
}

/** The status during a rollout, with its progress judged. */
export function rolloutStatus(rollout: Rollout, conditions: readonly Condition[]): Status {
  const { deployment, newSet, oldSets } = rollout;
  const status = countedStatus(rollout, conditions);
  const judged = hasProgressDeadline(deployment) ? withProgress(rollout, status) : withoutCondition(status.conditions ?? [], 'Progressing');
  const failure = [...(newSet === undefined ? [] : [newSet]), ...oldSets].flatMap((set) => set.status?.conditions ?? []).find(({ type }) => type === 'ReplicaFailure');
  return { ...status, conditions: failure === undefined ? withoutCondition(judged, 'ReplicaFailure') : withCondition(judged, fromReplicaSet(failure)) };
}

function withProgress({ deployment, newSet, nowMs }: Rollout, status: Status): Condition[] {
  const conditions = status.conditions ?? [];
  const current = conditionOf(conditions, 'Progressing');
  if ((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable') return conditions;
  const what = newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`;
  if (isComplete(deployment, status)) return withCondition(conditions, deploymentCondition('Progressing', 'True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`, nowMs));
  if (progressed(deployment.status ?? {}, status)) {
    const next = deploymentCondition('Progressing', 'True', 'ReplicaSetUpdated', `${what} is progressing.`, nowMs);
    const kept = current?.status === 'True' && current.lastTransitionTime !== undefined ? { ...next, lastTransitionTime: current.lastTransitionTime } : next;
    return [...withoutCondition(conditions, 'Progressing'), kept]; // also with the same reason: its update time is when progress was last seen
  }
  if (timedOut(deployment, current, nowMs)) return withCondition(conditions, deploymentCondition('Progressing', 'False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`, nowMs));
  return conditions;
}

function progressed(before: Status, after: Status): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: Status): number => replicas - updatedReplicas;
  return (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) || old(after) < old(before)
    || (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) || (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0);
}

function timedOut({ spec }: Deployment, current: Condition | undefined, nowMs: number): boolean {
  if (current === undefined || current.reason === 'NewReplicaSetAvailable') return false;
  if (current.reason === 'ProgressDeadlineExceeded') return true;
  return (timeToMs(current.lastUpdateTime) ?? 0) + (spec?.progressDeadlineSeconds ?? 0) * 1000 < nowMs;
}

/** When to look again whether the deadline has passed; undefined when nothing is awaited. */
export function progressCheckAfterMs(deployment: Deployment, status: Status, nowMs: number): number | undefined {
  const current = conditionOf(status.conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || current === undefined || current.reason === 'ProgressDeadlineExceeded' || isComplete(deployment, status)) return undefined;
  return Math.max(0, (timeToMs(current.lastUpdateTime) ?? 0) + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000 - nowMs) + 1000;
}

function fromReplicaSet({ type, status, reason, message, lastTransitionTime }: appsV1.ReplicaSetCondition): Condition {
  return {
    type, status, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }),
    ...(lastTransitionTime !== undefined && { lastTransitionTime, lastUpdateTime: lastTransitionTime }),
  };
}
