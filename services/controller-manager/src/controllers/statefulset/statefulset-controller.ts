import { matchesLabels, scaledIntOrPercent, selectorFromLabelSelector } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { claim, controller, controllerOf, nothingToDo, ownKey, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { presentRevision, REVISION_HASH_LABEL, revisionData, surplusRevisions, type Revision } from '../history/controller-revisions.ts';
import { availableInMs, claimablePods, isFinished, isReadyPod, podsByController } from '../pods.ts';
import { sameJson, withoutZeros } from '../same-json.ts';
import { revisionHash } from './revision-hash.ts';
import { createPod, deletePod, ordinalOf, tell } from './statefulset-identity.ts';

type StatefulSet = Readonly<appsV1.StatefulSet>;
type Pod = Readonly<coreV1.Pod>;

const statefulSets = appsV1Resources.statefulsets;
const HASH_LABEL = 'controller.kubernetes.io/hash';

export interface StatefulSetSnapshot { set: StatefulSet; candidates: readonly Pod[]; revisions: readonly Revision[]; claims: ReadonlySet<string> }

/** StatefulSets: pods with names and claims of their own, made, changed and deleted in order. */
export const statefulSetController: Controller = controller<StatefulSetSnapshot>({
  name: 'statefulset',
  component: 'statefulset-controller',
  watches: [
    watch({ resource: statefulSets, keys: ownKey }),
    watch({ resource: coreV1Resources.persistentvolumeclaims, keys: () => [] }),
    watch({ resource: appsV1Resources.controllerrevisions, keys: () => [] }),
    watch({
      resource: coreV1Resources.pods, indexes: podsByController,
      keys: ({ object, previous }, listers) => [object, previous].flatMap((pod) => {
        if (pod === undefined) return [];
        const namespace = pod.metadata.namespace ?? '';
        const owner = controllerOf(pod);
        if (owner !== undefined) return owner.kind === 'StatefulSet' ? [`${namespace}/${owner.name}`] : [];
        return listers.of(statefulSets).inNamespace(namespace).filter((set) => ordinalOf(pod, set) >= 0 && matchesLabels(selectorFromLabelSelector(set.spec?.selector), pod.metadata.labels)).map(({ metadata }) => `${namespace}/${metadata.name}`);
      }),
    }),
  ],
  read(key, listers) {
    const set = listers.of(statefulSets).get(key);
    if (set === undefined) return undefined;
    const namespace = set.metadata.namespace ?? '';
    return {
      set, candidates: claimablePods(listers, set).filter((pod) => ordinalOf(pod, set) >= 0), revisions: listers.of(appsV1Resources.controllerrevisions).inNamespace(namespace),
      claims: new Set(listers.of(coreV1Resources.persistentvolumeclaims).inNamespace(namespace).map(({ metadata }) => metadata.name)),
    };
  },
  reconcile,
});

/** The revision that pods are being moved to, and the one they come from. */
interface Revisions { current: Revision; update: Revision }

interface Scene { set: StatefulSet; pods: readonly Pod[]; claims: ReadonlySet<string>; revisions: Revisions; nowMs: number }

/** One step; the events of that step bring the next. */
export function reconcile({ set, candidates, revisions, claims }: StatefulSetSnapshot, nowMs: number): Plan {
  if (set.metadata.deletionTimestamp !== undefined) return nothingToDo;
  const owner = set as StatefulSet & { spec: appsV1.StatefulSetSpec }; // a StatefulSet has a spec
  const selector = selectorFromLabelSelector(set.spec?.selector);
  const history = claim(set, statefulSets, selector, revisions, appsV1Resources.controllerrevisions);
  const hash = revisionHash(revisionData(owner), set.status?.collisionCount ?? 0);
  const { revision: update, actions } = presentRevision(owner, statefulSets, { known: history.owned, hash, hashLabel: HASH_LABEL, annotated: false });
  const current = history.owned.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
  const { owned, actions: adoptions } = claim(set, statefulSets, selector, candidates, coreV1Resources.pods);
  const scene: Scene = { set, pods: owned, claims, revisions: { current, update }, nowMs };
  const status = statusOf(scene);
  const live = new Set([current.metadata.name, update.metadata.name, ...owned.map(revisionOf)]);
  return {
    actions: [
      ...history.actions, ...adoptions, ...actions, ...step(scene),
      ...(sameJson(status, set.status) ? [] : [{ do: 'update', resource: statefulSets, object: { ...set, status }, subresource: 'status' } as const]),
      ...surplusRevisions(owner, history.owned, ({ metadata }) => live.has(metadata.name)),
    ],
    againAfterMs: earliest(owned.map((pod) => availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs))),
  };
}

function revisionOf({ metadata }: Pod): string { return metadata.labels?.[REVISION_HASH_LABEL] ?? ''; }

function isTerminating({ metadata }: Pod): boolean { return metadata.deletionTimestamp !== undefined; }

function isRunningAndReady(pod: Pod): boolean { return pod.status?.phase === 'Running' && isReadyPod(pod); }

function isAvailable(pod: Pod, { set, nowMs }: Scene): boolean { return isRunningAndReady(pod) && availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs) === 0; }

function bounds({ spec }: StatefulSet): { start: number; end: number } {
  const start = spec?.ordinals?.start ?? 0;
  return { start, end: start + (spec?.replicas ?? 1) };
}

function step(scene: Scene): Action[] {
  const inOrder = scene.set.spec?.podManagementPolicy !== 'Parallel';
  const fill = fillUp(scene, inOrder);
  if (fill.waits) return fill.actions;
  const shrink = shrinkDown(scene, inOrder);
  if (shrink.waits) return [...fill.actions, ...shrink.actions];
  return [...fill.actions, ...shrink.actions, ...moveOn(scene)];
}

interface Stage { actions: Action[]; /** Nothing further may happen before this has. */ waits: boolean }

/** Pods that are missing, from the lowest; in order, each waits for those below it to be available. */
function fillUp(scene: Scene, inOrder: boolean): Stage {
  const { set, pods } = scene;
  const { start, end } = bounds(set);
  const actions: Action[] = [];
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = pods.find((one) => ordinalOf(one, set) === ordinal);
    if (pod === undefined) actions.push(...createPod(set, ordinal, { ...plannedFor(ordinal, scene), claims: scene.claims }));
    else if (isFinished(pod)) { if (!isTerminating(pod)) actions.push(...replaceEnded(set, pod)); } else if (!isTerminating(pod) && isAvailable(pod, scene)) continue;
    if (inOrder) return { actions, waits: true };
  }
  return { actions, waits: false };
}

function replaceEnded(set: StatefulSet, pod: Pod): Action[] {
  const { name, namespace = '' } = pod.metadata;
  const [reason, word] = pod.status?.phase === 'Failed' ? ['RecreatingFailedPod', 'failed'] : ['RecreatingTerminatedPod', 'terminated'];
  return [tell(set, pod.status?.phase === 'Failed' ? 'Warning' : 'Normal', reason, `StatefulSet ${namespace}/${set.metadata.name} is recreating ${word} Pod ${name}`), deletePod(set, pod)];
}

/** Below the partition, and while none is told, for as many as are current, a pod comes back as it was. */
function plannedFor(ordinal: number, { set, revisions: { current, update } }: Scene): { template: coreV1.PodTemplateSpec; revision: string } {
  const { rollingUpdate, type } = set.spec?.updateStrategy ?? {};
  const { start } = bounds(set);
  const old = rollingUpdate === undefined ? type === 'RollingUpdate' && ordinal < start + (set.status?.currentReplicas ?? 0) : ordinal < start + (rollingUpdate.partition ?? 0);
  const revision = old ? current : update;
  const { template } = (revision.data as { spec: { template: coreV1.PodTemplateSpec & { $patch?: string } } }).spec; // as revisionData made it
  const { $patch: _directive, ...wanted } = template;
  return { template: wanted, revision: revision.metadata.name };
}

/** Pods beyond the wished number, from the highest; in order, one after the other, and only while the rest is well. */
function shrinkDown(scene: Scene, inOrder: boolean): Stage {
  const { set, pods } = scene;
  const { start, end } = bounds(set);
  const surplus = pods.filter((pod) => ordinalOf(pod, set) < start || ordinalOf(pod, set) >= end).sort((a, b) => ordinalOf(b, set) - ordinalOf(a, set));
  const [highest] = surplus;
  if (highest === undefined) return { actions: [], waits: false };
  if (!inOrder) return { actions: surplus.filter((pod) => !isTerminating(pod)).map((pod) => deletePod(set, pod)), waits: false };
  return { actions: surplus.some(isTerminating) ? [] : [deletePod(set, highest)], waits: true };
}

/** Takes old pods away from the highest ordinal down to the partition, no more at a time than may be unavailable. */
function moveOn(scene: Scene): Action[] {
  const { set, pods, revisions: { update } } = scene;
  const { rollingUpdate, type } = set.spec?.updateStrategy ?? {};
  if (type === 'OnDelete') return [];
  const { start, end } = bounds(set);
  const allowed = Math.max(1, scaledIntOrPercent(rollingUpdate?.maxUnavailable ?? 1, end - start, 'up') ?? 1);
  let unavailable = pods.filter((pod) => inBounds(pod, scene) && (isTerminating(pod) || !isAvailable(pod, scene))).length + (end - start - pods.filter((pod) => inBounds(pod, scene)).length);
  const actions: Action[] = [];
  for (const pod of pods.filter((one) => inBounds(one, scene)).sort((a, b) => ordinalOf(b, set) - ordinalOf(a, set))) {
    if (ordinalOf(pod, set) < start + (rollingUpdate?.partition ?? 0)) break;
    const well = !isTerminating(pod) && isAvailable(pod, scene);
    if (revisionOf(pod) === update.metadata.name || isTerminating(pod)) { if (!well && allowed === 1) break; continue; }
    if (well && unavailable >= allowed) break;
    actions.push(deletePod(set, pod));
    if (well) unavailable++;
    if (actions.length >= allowed) break;
  }
  return actions;
}

function inBounds(pod: Pod, { set }: Scene): boolean {
  const { start, end } = bounds(set);
  return ordinalOf(pod, set) >= start && ordinalOf(pod, set) < end;
}

function statusOf(scene: Scene): appsV1.StatefulSetStatus {
  const { set, pods, revisions: { current, update } } = scene;
  const alive = pods.filter((pod) => !isTerminating(pod));
  const of = (revision: Revision): number => alive.filter((pod) => revisionOf(pod) === revision.metadata.name).length;
  const replicas = pods.length;
  const readyReplicas = pods.filter(isRunningAndReady).length;
  const updatedReplicas = of(update);
  const done = set.spec?.updateStrategy?.type !== 'OnDelete' && updatedReplicas === replicas && readyReplicas === replicas && replicas === (set.spec?.replicas ?? 1);
  return withoutZeros<appsV1.StatefulSetStatus>({
    replicas, readyReplicas, updatedReplicas,
    currentReplicas: done ? updatedReplicas : of(current),
    availableReplicas: pods.filter((pod) => isAvailable(pod, scene)).length,
    currentRevision: (done ? update : current).metadata.name, updateRevision: update.metadata.name,
    observedGeneration: set.metadata.generation ?? 0, collisionCount: set.status?.collisionCount ?? 0,
  }, ['replicas', 'availableReplicas', 'collisionCount']);
}

function earliest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((ms) => ms !== undefined && ms > 0) as number[]; // filtered
  return known.length === 0 ? undefined : Math.min(...known);
}
