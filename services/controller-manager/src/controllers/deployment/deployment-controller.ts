import { matchesLabels, selectorFromLabelSelector, sameJson } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { adoptingOwner, claim, controller, controllerOf, ownKey, watch, wouldAdopt, type Action, type Controller, type Listers, type Plan } from '@kubernode/controller';
import { podsByController } from '../pods.ts';
import { sameTemplate } from '../pod-template-hash/same-template.ts';
import { countedStatus, isComplete, notedConditions, progressCheckAfterMs, rolloutStatus, type Rollout } from './deployment-status.ts';
import { createReplicaSet, scalingEvent, updateStatus } from './new-replica-set.ts';
import { isRollingUpdate, wantedReplicas } from './replica-counts.ts';
import { byCreation, byRevision } from './replica-set-order.ts';
import { maxRevision, newReplicaSetAnnotations, replicasAnnotations, REVISION, rollbackTarget } from './revisions.ts';
import { rollBack } from './rollback.ts';
import { recreateScales, rollingScales } from './rollout-scales.ts';
import { isScalingEvent, scaleToSize, type Scale } from './scaling.ts';

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
  async ask(snapshot, reach) {
    const { deployment, candidates } = snapshot;
    const adopts = wouldAdopt(selectorFromLabelSelector(deployment.spec?.selector), candidates);
    return adopts ? { ...snapshot, deployment: await adoptingOwner(deployment, deployments, reach) } : snapshot;
  },
  reconcile,
});

function ownerKeys(set: ReplicaSet | undefined, listers: Listers): string[] {
  if (set === undefined) return [];
  const owner = controllerOf(set);
  const namespace = set.metadata.namespace ?? '';
  if (owner !== undefined) return owner.kind === 'Deployment' ? [`${namespace}/${owner.name}`] : [];
  return listers.of(deployments).inNamespace(namespace) // an orphan: whoever selects it may adopt it
    .filter(({ spec }) => matchesLabels(selectorFromLabelSelector(spec?.selector), set.metadata.labels)).map(({ metadata }) => `${namespace}/${metadata.name}`);
}

function recreatingOwner(pod: Readonly<coreV1.Pod>, listers: Listers): string[] {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const keys = ownerKeys(listers.of(replicaSets).get(`${pod.metadata.namespace ?? ''}/${owner.name}`), listers);
  return keys.filter((key) => listers.of(deployments).get(key)?.spec?.strategy?.type === 'Recreate');
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
  const stale = newSet === undefined ? undefined : refreshed(rollout, newSet);
  if (stale !== undefined) return { actions: [stale] };
  if (deployment.metadata.deletionTimestamp !== undefined) return { actions: writtenStatus(rollout, countedStatus(rollout, deployment.status?.conditions ?? [])) };
  const isRollback = rollbackTarget(deployment) !== undefined;
  if (deployment.spec?.paused === true) return { actions: [...resize(rollout), ...(isRollback ? [] : cleanUp(rollout)), ...resizedStatus(rollout)] };
  const make = (): Plan => ({ actions: createReplicaSet(deployment, rollout.oldSets, { nowMs, byName: (name) => candidates.find(({ metadata }) => metadata.name === name) }) });
  if (isRollback) return newSet === undefined ? make() : { actions: rollBack(deployment, [...rollout.oldSets, newSet]) };
  if (isScalingEvent(deployment, sorted)) return { actions: [...resize(rollout), ...resizedStatus(rollout)] };
  const podsOf = (set: ReplicaSet): readonly Readonly<coreV1.Pod>[] => snapshot.podsOf(set.metadata.uid ?? '');
  const scales = isRollingUpdate(deployment) ? rollingScales(rollout) : recreateScales(rollout, podsOf);
  return scales === 'create' ? make() : progress(rollout, scales);
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
  const annotations = newReplicaSetAnnotations(deployment, newSet.metadata.annotations ?? {}, maxRevision(oldSets) + 1n, true);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  if (sameJson(annotations, newSet.metadata.annotations ?? {}) && (newSet.spec?.minReadySeconds ?? 0) === minReadySeconds) return undefined;
  return { do: 'update', resource: replicaSets, object: { ...newSet, metadata: { ...newSet.metadata, annotations }, spec: { ...newSet.spec, minReadySeconds } } };
}

/** A change of size alone: no progress is judged. */
function resize({ deployment, newSet, oldSets }: Rollout): Action[] { return scaleActions(deployment, scaleToSize(deployment, newSet, oldSets)); }

function resizedStatus(rollout: Rollout): Action[] { return writtenStatus(rollout, countedStatus(rollout, notedConditions(rollout))); }

/** Scales, cleans up after a finished rollout, and judges progress. */
function progress(rollout: Rollout, scales: readonly Scale[]): Plan {
  const { deployment, nowMs } = rollout;
  const status = rolloutStatus(rollout, notedConditions(rollout));
  const finished = scales.length === 0 && isComplete(deployment, deployment.status);
  return {
    actions: [...scaleActions(deployment, scales), ...(finished ? cleanUp(rollout) : []), ...writtenStatus(rollout, status)],
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
  const alive = oldSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined).sort(byRevision);
  return alive.slice(0, Math.max(0, alive.length - limit))
    .filter((set) => wantedReplicas(set) === 0 && (set.status?.replicas ?? 0) === 0 && (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0))
    .map(({ metadata: { name, namespace, uid } }): Action => ({ do: 'delete', resource: replicaSets, target: { name, namespace }, uid }));
}

/** The status, and with it the revision of the newest ReplicaSet, where either is news. */
function writtenStatus({ deployment, newSet }: Rollout, status: appsV1.DeploymentStatus): Action[] {
  const { annotations } = deployment.metadata;
  const revision = newSet?.metadata.annotations?.[REVISION] ?? annotations?.[REVISION];
  if (sameJson(status, deployment.status) && revision === annotations?.[REVISION]) return [];
  return [updateStatus({ ...deployment, metadata: { ...deployment.metadata, ...(revision !== undefined && { annotations: { ...annotations, [REVISION]: revision } }) }, status })];
}
