import { selectorFromLabelSelector } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { claim, controller, controllerOf, ownKey, watch, type Action, type Controller, type Listers, type Plan } from '@kubernode/controller';
import { conditionOf, withCondition } from '../conditions.ts';
import { podsByController } from '../pods.ts';
import { sameTemplate, withoutHash } from '../pod-template-hash/same-template.ts';
import { sameJson } from '../same-json.ts';
import { countedStatus, deploymentCondition, hasProgressDeadline, isComplete, progressCheckAfterMs, rolloutStatus, type Rollout } from './deployment-status.ts';
import { createReplicaSet, scalingEvent, updateStatus } from './new-replica-set.ts';
import { isRollingUpdate, totalStatus, wantedReplicas } from './replica-counts.ts';
import { lastRevision, maxRevision, newReplicaSetAnnotations, replicasAnnotations, REVISION, revisionOf, ROLLBACK_TO, rollbackTarget, rolledBackAnnotations } from './revisions.ts';
import { byCreation, isActive, isScalingEvent, newSetSize, scaleToSize, shrinkOldSets, type Scale } from './scaling.ts';

type Deployment = Readonly<appsV1.Deployment>;
type ReplicaSet = Readonly<appsV1.ReplicaSet>;

const deployments = appsV1Resources.deployments;
const replicaSets = appsV1Resources.replicasets;

export interface DeploymentSnapshot {
  deployment: Deployment;
  /** All of the namespace: what is not owned may be adopted. */
  candidates: readonly ReplicaSet[];
  /** Pods of the Deployment's ReplicaSets, by the uid of their ReplicaSet. */
  podsOf(uid: string): readonly Readonly<coreV1.Pod>[];
}

/** Deployments: rolls out templates by growing new ReplicaSets and shrinking old ones. */
export const deploymentController: Controller = controller<DeploymentSnapshot>({
  name: 'deployment',
  component: 'deployment-controller',
  watches: [
    watch({ resource: deployments, keys: ownKey }),
    watch({ resource: replicaSets, keys: ({ object, previous }, listers) => [...ownerKeys(object, listers), ...ownerKeys(previous, listers)] }),
    watch({
      resource: coreV1Resources.pods, indexes: podsByController,
      keys: ({ object, previous }, listers) => (object === undefined && previous !== undefined ? recreatingOwner(previous, listers) : []), // Recreate waits for old pods to be gone
    }),
  ],
  read(key, listers) {
    const deployment = listers.of(deployments).get(key);
    if (deployment === undefined) return undefined;
    const pods = listers.of(coreV1Resources.pods);
    return { deployment, candidates: listers.of(replicaSets).inNamespace(deployment.metadata.namespace ?? ''), podsOf: (uid) => pods.byIndex('controllerUid', uid) };
  },
  reconcile,
});

function ownerKeys(set: ReplicaSet | undefined, listers: Listers): string[] {
  if (set === undefined) return [];
  const owner = controllerOf(set);
  const namespace = set.metadata.namespace ?? '';
  if (owner !== undefined) return owner.kind === 'Deployment' ? [`${namespace}/${owner.name}`] : [];
  return listers.of(deployments).inNamespace(namespace) // an orphan: whoever selects it may adopt it
    .filter(({ spec }) => matches(spec?.selector.matchLabels, set)).map(({ metadata }) => `${namespace}/${metadata.name}`);
}

function matches(wanted: Readonly<Record<string, string>> | undefined, set: ReplicaSet): boolean {
  return Object.entries(wanted ?? {}).every(([name, value]) => set.metadata.labels?.[name] === value);
}

function recreatingOwner(pod: Readonly<coreV1.Pod>, listers: Listers): string[] {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  return ownerKeys(listers.of(replicaSets).get(`${pod.metadata.namespace ?? ''}/${owner.name}`), listers);
}

/** One step towards what the Deployment wishes; the events of that step bring the next. */
export function reconcile(snapshot: DeploymentSnapshot, nowMs: number): Plan {
  const { deployment, candidates } = snapshot;
  const selector = deployment.spec?.selector;
  if (sameJson(selector, {})) return selectingAll(deployment);
  const { owned, actions: claims } = claim(deployment, deployments, selectorFromLabelSelector(selector), candidates, replicaSets);
  if (claims.length > 0) return { actions: claims };
  const sorted = [...owned].sort(byCreation);
  const newSet = sorted.find(({ spec }) => sameTemplate(spec?.template ?? {}, deployment.spec?.template ?? {}));
  const rollout: Rollout = { deployment, newSet, oldSets: sorted.filter((set) => set !== newSet), nowMs };
  if (deployment.metadata.deletionTimestamp !== undefined) return { actions: statusIfChanged(deployment, countedStatus(rollout, deployment.status?.conditions ?? [])) };
  const stale = newSet === undefined ? undefined : refreshed(rollout, newSet);
  if (stale !== undefined) return { actions: [stale] };
  if (deployment.spec?.paused === true) return paused(rollout);
  if (rollbackTarget(deployment) !== undefined) return rollBack(rollout, snapshot);
  if (isScalingEvent(deployment, sorted)) return resize(rollout);
  return isRollingUpdate(deployment) ? rollingUpdate(rollout, snapshot) : recreate(rollout, snapshot);
}

function selectingAll(deployment: Deployment): Plan {
  const { generation = 0 } = deployment.metadata;
  return { actions: [
    { do: 'event', about: deployment, type: 'Warning', reason: 'SelectingAll', message: 'This deployment is selecting all pods. A non-empty selector is required.' },
    ...((deployment.status?.observedGeneration ?? 0) < generation ? [updateStatus({ ...deployment, status: { ...deployment.status, observedGeneration: generation } })] : []),
  ] };
}

/** The newest ReplicaSet with the annotations and minReadySeconds it should have; undefined when it has them. */
function refreshed({ deployment, oldSets }: Rollout, newSet: ReplicaSet): Action | undefined {
  const annotations = newReplicaSetAnnotations(deployment, newSet.metadata.annotations ?? {}, maxRevision(oldSets) + 1, true);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  if (sameJson(annotations, newSet.metadata.annotations ?? {}) && (newSet.spec?.minReadySeconds ?? 0) === minReadySeconds) return undefined;
  return { do: 'update', resource: replicaSets, object: { ...newSet, metadata: { ...newSet.metadata, annotations }, spec: { ...newSet.spec, minReadySeconds } } };
}

/** The conditions as they are before progress is judged: pausing, resuming, and a ReplicaSet met for the first time show. */
function notedConditions({ deployment, newSet, nowMs }: Rollout): readonly appsV1.DeploymentCondition[] {
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

function paused(rollout: Rollout): Plan {
  const { actions } = resize(rollout);
  return { actions: [...cleanUp(rollout), ...actions] };
}

/** A change of size alone: no progress is judged. */
function resize(rollout: Rollout): Plan {
  const { deployment, newSet, oldSets } = rollout;
  return { actions: [...scaleActions(deployment, scaleToSize(deployment, newSet, oldSets)), ...statusIfChanged(withRevision(rollout), countedStatus(rollout, notedConditions(rollout)), deployment)] };
}

function rollingUpdate(rollout: Rollout, snapshot: DeploymentSnapshot): Plan {
  const { deployment, newSet, oldSets } = rollout;
  if (newSet === undefined) return { actions: createReplicaSet(deployment, oldSets, creation(rollout, snapshot)) };
  const present = wantedReplicas(newSet);
  const size = newSetSize(deployment, oldSets, present);
  const scales = size !== present ? [{ set: newSet, replicas: size, refresh: false }] : shrinkOldSets(deployment, newSet, oldSets);
  return step(rollout, scales);
}

function recreate(rollout: Rollout, snapshot: DeploymentSnapshot): Plan {
  const { deployment, newSet, oldSets } = rollout;
  const active = oldSets.filter(isActive);
  if (active.length > 0) return step(rollout, active.map((set) => ({ set, replicas: 0, refresh: false })));
  if (totalStatus(oldSets, 'replicas') > 0 || oldSets.some(({ metadata }) => snapshot.podsOf(metadata.uid ?? '').some(isRunning))) return step(rollout, []);
  if (newSet === undefined) return { actions: createReplicaSet(deployment, oldSets, creation(rollout, snapshot)) };
  const wanted = wantedReplicas(deployment);
  return step(rollout, wantedReplicas(newSet) === wanted ? [] : [{ set: newSet, replicas: wanted, refresh: false }]);
}

function isRunning({ status }: Readonly<coreV1.Pod>): boolean { return status?.phase !== 'Succeeded' && status?.phase !== 'Failed'; }

function creation({ nowMs }: Rollout, { candidates }: DeploymentSnapshot): { byName(name: string): ReplicaSet | undefined; nowMs: number } {
  return { nowMs, byName: (name) => candidates.find(({ metadata }) => metadata.name === name) };
}

/** Scales, cleans up after a finished rollout, and judges progress. */
function step(rollout: Rollout, scales: readonly Scale[]): Plan {
  const { deployment, nowMs } = rollout;
  const status = rolloutStatus(rollout, notedConditions(rollout));
  const finished = scales.length === 0 && isComplete(deployment, deployment.status);
  return {
    actions: [...scaleActions(deployment, scales), ...(finished ? cleanUp(rollout) : []), ...statusIfChanged(withRevision(rollout), status, deployment)],
    againAfterMs: progressCheckAfterMs(deployment, status, nowMs),
  };
}

function scaleActions(deployment: Deployment, scales: readonly Scale[]): Action[] {
  return scales.flatMap(({ set, replicas, refresh }): Action[] => {
    const before = wantedReplicas(set);
    const annotations = { ...set.metadata.annotations, ...replicasAnnotations(deployment) };
    if (before === replicas && !(refresh && !sameJson(annotations, set.metadata.annotations ?? {}))) return [];
    return [{
      do: 'update', resource: replicaSets, object: { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } },
      then: () => (before === replicas ? [] : [scalingEvent(deployment, set.metadata.name, before, replicas)]),
    }];
  });
}

/** Old, empty ReplicaSets beyond the history that is kept. */
function cleanUp({ deployment, oldSets }: Rollout): Action[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? Infinity;
  const alive = oldSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined).sort((a, b) => (revisionOf(a) ?? 0) - (revisionOf(b) ?? 0));
  return alive.slice(0, Math.max(0, alive.length - limit))
    .filter((set) => wantedReplicas(set) === 0 && (set.status?.replicas ?? 0) === 0 && (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0))
    .map(({ metadata: { name, namespace, uid } }): Action => ({ do: 'delete', resource: replicaSets, target: { name, namespace }, uid }));
}

/** The Deployment with the revision of its newest ReplicaSet. */
function withRevision({ deployment, newSet }: Rollout): Deployment {
  const revision = newSet?.metadata.annotations?.[REVISION];
  return revision === undefined ? deployment : { ...deployment, metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [REVISION]: revision } } };
}

function statusIfChanged(deployment: Deployment, status: appsV1.DeploymentStatus, before: Deployment = deployment): Action[] {
  const unchanged = sameJson(status, before.status) && sameJson(deployment.metadata.annotations, before.metadata.annotations);
  return unchanged ? [] : [updateStatus({ ...deployment, status })];
}

/** Takes the template of an earlier revision, as asked by the annotation of the old API. */
function rollBack(rollout: Rollout, snapshot: DeploymentSnapshot): Plan {
  const { deployment, newSet, oldSets } = rollout;
  if (newSet === undefined) return { actions: createReplicaSet(deployment, oldSets, creation(rollout, snapshot)) };
  const sets = [...oldSets, newSet];
  const revision = rollbackTarget(deployment) || lastRevision(sets);
  const { [ROLLBACK_TO]: _cleared, ...annotations } = deployment.metadata.annotations ?? {};
  const give = (type: 'Normal' | 'Warning', reason: string, message: string, next: Deployment): Plan => ({
    actions: [{ do: 'update', resource: deployments, object: next, then: () => [{ do: 'event', about: deployment, type, reason, message }] }],
  });
  const cleared = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  if (revision === 0) return give('Warning', 'DeploymentRollbackRevisionNotFound', 'Unable to find last revision.', cleared);
  const target = sets.find((set) => revisionOf(set) === revision);
  if (target === undefined) return give('Warning', 'DeploymentRollbackRevisionNotFound', 'Unable to find the revision to rollback to.', cleared);
  if (target === newSet) return give('Warning', 'DeploymentRollbackTemplateUnchanged', `The rollback revision contains the same template as current deployment "${deployment.metadata.name}"`, cleared);
  const rolledBack = { ...deployment, metadata: { ...deployment.metadata, annotations: rolledBackAnnotations(deployment, target) }, spec: { ...deployment.spec, template: withoutHash(target.spec?.template ?? {}) } };
  return give('Normal', 'DeploymentRollback', `Rolled back deployment "${deployment.metadata.name}" to revision ${revision}`, rolledBack as Deployment); // the spec it had, with another template
}

