import { matchesLabels, scaledIntOrPercent, selectorFromLabelSelector, timeToMs } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { claim, controller, controllerOf, nothingToDo, ownKey, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { hashOf, presentRevision, surplusRevisions, type Revision } from '../history/controller-revisions.ts';
import { podTemplateHash } from '../pod-template-hash/pod-template-hash.ts';
import { availableInMs, claimablePods, isReadyPod, podsByController } from '../pods.ts';
import { sameJson, withoutZeros } from '../same-json.ts';
import { placeOf } from './daemon-node.ts';
import { createDaemons, deleteDaemons, isUpdated, nodeNameOf } from './daemon-pods.ts';

type DaemonSet = Readonly<appsV1.DaemonSet>;
type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;

const daemonSets = appsV1Resources.daemonsets;
/** At most this many pods are made or deleted in one go. */
const BURST_MAX = 250;
/** A failed daemon is replaced no sooner than this after it was made. */
const FAILED_PAUSE_MS = 1000;

export interface DaemonSetSnapshot { set: DaemonSet; candidates: readonly Pod[]; nodes: readonly Node[]; revisions: readonly Revision[] }

/** DaemonSets: one pod on each node that suits. */
export const daemonSetController: Controller = controller<DaemonSetSnapshot>({
  name: 'daemonset',
  component: 'daemonset-controller',
  watches: [
    watch({ resource: daemonSets, keys: ownKey }),
    watch({ resource: appsV1Resources.controllerrevisions, keys: ({ object, previous }) => [object, previous].flatMap((one) => { const owner = one && controllerOf(one); return owner?.kind === 'DaemonSet' ? [`${one?.metadata.namespace ?? ''}/${owner.name}`] : []; }) }),
    watch({
      resource: coreV1Resources.nodes,
      keys: ({ object, previous }, listers) => (facts(object) === facts(previous) ? [] : listers.of(daemonSets).list().map(({ metadata: { name, namespace = '' } }) => `${namespace}/${name}`)),
    }),
    watch({
      resource: coreV1Resources.pods, indexes: podsByController,
      keys: ({ object, previous }, listers) => [object, previous].flatMap((pod) => {
        if (pod === undefined) return [];
        const namespace = pod.metadata.namespace ?? '';
        const owner = controllerOf(pod);
        if (owner !== undefined) return owner.kind === 'DaemonSet' ? [`${namespace}/${owner.name}`] : [];
        return listers.of(daemonSets).inNamespace(namespace).filter(({ spec }) => matchesLabels(selectorFromLabelSelector(spec?.selector), pod.metadata.labels)).map(({ metadata }) => `${namespace}/${metadata.name}`);
      }),
    }),
  ],
  read(key, listers) {
    const set = listers.of(daemonSets).get(key);
    if (set === undefined) return undefined;
    const revisions = listers.of(appsV1Resources.controllerrevisions).inNamespace(set.metadata.namespace ?? '');
    return { set, candidates: claimablePods(listers, set), nodes: listers.of(coreV1Resources.nodes).list(), revisions };
  },
  reconcile,
});

/** Heartbeats change nodes all the time; only what placement looks at counts. */
function facts(node: Node | undefined): string { return node === undefined ? '' : JSON.stringify([node.metadata.labels, node.spec?.taints]); }

interface Place { node: Node; run: boolean; stay: boolean; pods: readonly Pod[] }

/** Daemons where they belong first, then those of an old template, a few at a time. */
export function reconcile({ set, candidates, nodes, revisions }: DaemonSetSnapshot, nowMs: number): Plan {
  if (set.metadata.deletionTimestamp !== undefined) return nothingToDo;
  const selector = selectorFromLabelSelector(set.spec?.selector);
  if (sameJson(set.spec?.selector, {})) return { actions: [{ do: 'event', about: set, type: 'Warning', reason: 'SelectingAll', message: 'This daemon set is selecting all pods. A non-empty selector is required.' }] };
  const history = claim(set, daemonSets, selector, revisions, appsV1Resources.controllerrevisions);
  const present = presentRevision(set as DaemonSet & { spec: appsV1.DaemonSetSpec }, daemonSets, { known: history.owned, hash: podTemplateHash(set.spec?.template ?? {}, set.status?.collisionCount), annotated: true }); // a DaemonSet has a spec
  const { owned, actions: claims } = claim(set, daemonSets, selector, candidates, coreV1Resources.pods);
  const before = [...history.actions, ...claims, ...present.actions];
  const hash = hashOf(present.revision);
  const podsOf = groupBy(owned, nodeNameOf);
  const places: Place[] = nodes.map((node) => ({ node, ...placeOf(set, node), pods: [...podsOf.get(node.metadata.name) ?? []].sort(byAge) }));
  const missing = places.filter(({ run, pods }) => run && pods.length === 0).map(({ node }) => node.metadata.name).slice(0, BURST_MAX);
  const gone = goners(set, places, nowMs);
  const outdated = missing.length + gone.pods.length === 0 && set.spec?.updateStrategy?.type !== 'OnDelete' ? outdatedPods(set, places, hash, nowMs) : [];
  const doomed = [...gone.pods, ...outdated].slice(0, BURST_MAX);
  const status = statusOf(set, places, hash, nowMs);
  const live = (one: Revision): boolean => hashOf(one) === hash || owned.some(({ metadata }) => metadata.labels?.['controller-revision-hash'] === hashOf(one));
  return {
    actions: [
      ...before, ...gone.events,
      ...(missing.length > 0 ? [createDaemons(set, missing, hash)] : []), ...(doomed.length > 0 ? [deleteDaemons(set, doomed)] : []),
      ...surplusRevisions(set as DaemonSet & { spec: appsV1.DaemonSetSpec }, history.owned, live), // as above
      ...(sameJson(status, set.status) ? [] : [{ do: 'update', resource: daemonSets, object: { ...set, status }, subresource: 'status' } as const]),
    ],
    againAfterMs: earliest([...gone.waits, ...owned.map((pod) => availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs))]),
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...groups.get(keyOf(item)) ?? [], item]);
  return groups;
}

function byAge(a: Pod, b: Pod): number { return (timeToMs(a.metadata.creationTimestamp) ?? 0) - (timeToMs(b.metadata.creationTimestamp) ?? 0); }

/** Daemons where none may be, ended ones, and all but the oldest where there are several. */
function goners(set: DaemonSet, places: readonly Place[], nowMs: number): { pods: Pod[]; events: Action[]; waits: number[] } {
  const found = { pods: [] as Pod[], events: [] as Action[], waits: [] as number[] };
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void => { found.events.push({ do: 'event', about: set, type, reason, message }); };
  for (const { node, stay, pods } of places) {
    const there = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (!stay) { found.pods.push(...there); continue; }
    const running: Pod[] = [];
    for (const pod of there) {
      const what = `${pod.metadata.namespace ?? ''}/${pod.metadata.name} on node ${node.metadata.name}`;
      const waitMs = (timeToMs(pod.metadata.creationTimestamp) ?? 0) + FAILED_PAUSE_MS - nowMs;
      if (pod.status?.phase === 'Failed' && waitMs > 0) { found.waits.push(waitMs); continue; }
      if (pod.status?.phase === 'Failed') { tell('Warning', 'FailedDaemonPod', `Found failed daemon pod ${what}, will try to kill it`); found.pods.push(pod); continue; }
      if (pod.status?.phase === 'Succeeded') { tell('Normal', 'SucceededDaemonPod', `Found succeeded daemon pod ${what}, will try to delete it`); found.pods.push(pod); continue; }
      running.push(pod);
    }
    found.pods.push(...running.slice(1));
  }
  return found;
}

/** Old pods that may go now: those that are not available anyway, then as many as may be unavailable. */
function outdatedPods(set: DaemonSet, places: readonly Place[], hash: string, nowMs: number): Pod[] {
  const running = places.filter(({ run }) => run);
  const { maxUnavailable = 1 } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  let allowed = Math.max(1, scaledIntOrPercent(maxUnavailable, running.length, 'up') ?? 1);
  const broken: Pod[] = [];
  const working: Pod[] = [];
  for (const { pods } of running) {
    const fresh = pods.find((pod) => isUpdated(pod, set, hash) && pod.metadata.deletionTimestamp === undefined);
    const old = pods.find((pod) => !isUpdated(pod, set, hash));
    const shown = fresh ?? old;
    const available = shown !== undefined && isAvailable(shown, set, nowMs);
    if (!available) allowed--;
    if (fresh === undefined && old !== undefined && old.metadata.deletionTimestamp === undefined) (available ? working : broken).push(old);
  }
  return [...broken, ...working.slice(0, Math.max(0, allowed))];
}

function isAvailable(pod: Pod, { spec }: DaemonSet, nowMs: number): boolean {
  return pod.metadata.deletionTimestamp === undefined && availableInMs(pod, spec?.minReadySeconds ?? 0, nowMs) === 0;
}

function statusOf(set: DaemonSet, places: readonly Place[], hash: string, nowMs: number): appsV1.DaemonSetStatus {
  const wanted = places.filter(({ run }) => run);
  const shown = wanted.flatMap(({ pods: [oldest] }) => (oldest === undefined ? [] : [oldest]));
  const numberAvailable = shown.filter((pod) => isAvailable(pod, set, nowMs)).length;
  return withoutZeros<appsV1.DaemonSetStatus>({
    currentNumberScheduled: shown.length,
    numberMisscheduled: places.filter(({ run, pods }) => !run && pods.length > 0).length,
    desiredNumberScheduled: wanted.length,
    numberReady: shown.filter(isReadyPod).length,
    observedGeneration: set.metadata.generation ?? 0,
    updatedNumberScheduled: shown.filter((pod) => isUpdated(pod, set, hash)).length,
    numberAvailable,
    numberUnavailable: wanted.length - numberAvailable,
    ...(set.status?.collisionCount !== undefined && { collisionCount: set.status.collisionCount }),
    ...(set.status?.conditions !== undefined && { conditions: set.status.conditions }),
  }, ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady', 'observedGeneration']);
}

function earliest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((ms) => ms !== undefined && ms > 0) as number[]; // filtered
  return known.length === 0 ? undefined : Math.min(...known);
}
