import { matchesLabels, selectorFromLabelSelector, sameJson } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { adoptingOwner, claim, controller, controllerOf, nothingToDo, ownKey, watch, wouldAdopt, type Action, type Controller, type Listers, type Plan } from '@kubernode/controller';
import type { Revision } from '../history/controller-revisions.ts';
import { claimablePods, nextAvailableInMs, podsByController, podsByNode } from '../pods.ts';
import { settleHistory, surplusHistory } from './daemon-history.ts';
import { setsConcernedBy } from './daemon-node-change.ts';
import { placementMoves, type Backoff } from './daemon-placement.ts';
import { syncDaemons, updatedTest } from './daemon-pods.ts';
import { rolloutMoves } from './daemon-rollout.ts';
import { placesOf, type Scene } from './daemon-scene.ts';
import { countedStatus } from './daemon-status.ts';
import { FailedPodBackoff } from './failed-pod-backoff.ts';

type DaemonSet = Readonly<appsV1.DaemonSet>;
type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;

const daemonSets = appsV1Resources.daemonsets;

export interface DaemonSetSnapshot {
  set: DaemonSet;
  /** The set's, and those it may adopt. */
  candidates: readonly Pod[];
  nodes: readonly Node[];
  /** All of the namespace. */
  revisions: readonly Revision[];
  backoff: Backoff;
}

/** DaemonSets: one pod on each node that suits. */
export function daemonSetController(): Controller {
  const backoff = new FailedPodBackoff();
  return controller<DaemonSetSnapshot>({
    name: 'daemonset',
    component: 'daemonset-controller',
    watches: [
      watch({ resource: daemonSets, keys: ownKey }),
      watch({ resource: appsV1Resources.controllerrevisions, keys: ({ object, previous }, listers) => [...ownersOf(object, listers), ...ownersOf(previous, listers)] }),
      watch({ resource: coreV1Resources.nodes, keys: ({ object, previous }, listers) => concernedBy(object, previous, listers) }),
      watch({ resource: coreV1Resources.pods, indexes: { ...podsByController, ...podsByNode }, keys: ({ object, previous }, listers) => [...ownersOf(object, listers), ...ownersOf(previous, listers)] }),
    ],
    read(key, listers) {
      const set = listers.of(daemonSets).get(key);
      if (set === undefined) return undefined;
      const revisions = listers.of(appsV1Resources.controllerrevisions).inNamespace(set.metadata.namespace ?? '');
      return { set, candidates: claimablePods(listers, set), nodes: listers.of(coreV1Resources.nodes).list(), revisions, backoff };
    },
    async ask(snapshot, reach) {
      const { set, candidates, revisions } = snapshot;
      const selector = selectorFromLabelSelector(set.spec?.selector);
      return wouldAdopt(selector, candidates) || wouldAdopt(selector, revisions) ? { ...snapshot, set: await adoptingOwner(set, daemonSets, reach) } : snapshot;
    },
    reconcile,
  });
}

function ownersOf(owned: Pod | Revision | undefined, listers: Listers): string[] {
  if (owned === undefined) return [];
  const { namespace = '', labels } = owned.metadata;
  const owner = controllerOf(owned);
  if (owner !== undefined) return owner.kind === 'DaemonSet' ? [`${namespace}/${owner.name}`] : [];
  return listers.of(daemonSets).inNamespace(namespace) // an orphan: whoever selects it may adopt it
    .filter(({ spec }) => matchesLabels(selectorFromLabelSelector(spec?.selector), labels)).map(({ metadata }) => `${namespace}/${metadata.name}`);
}

function concernedBy(node: Node | undefined, previous: Node | undefined, listers: Listers): string[] {
  const uidsOn = (name: string): Iterable<string | undefined> => listers.of(coreV1Resources.pods).byIndex('nodeName', name).map((pod) => controllerOf(pod)?.uid);
  return setsConcernedBy(node, previous, { sets: listers.of(daemonSets).list(), ownersOn: (name) => new Set(uidsOn(name)) }).map(({ metadata: { name, namespace = '' } }) => `${namespace}/${name}`);
}

/** Daemons where they belong first; once they are, those of an old template move on. */
export function reconcile({ set, candidates, nodes, revisions, backoff }: DaemonSetSnapshot, nowMs: number): Plan {
  if (sameJson(set.spec?.selector, {})) return { actions: [{ do: 'event', about: set, type: 'Warning', reason: 'SelectingAll', message: 'This daemon set is selecting all pods. A non-empty selector is required.' }] };
  if (set.metadata.deletionTimestamp !== undefined) return nothingToDo;
  const selector = selectorFromLabelSelector(set.spec?.selector);
  const claimed = claim(set, daemonSets, selector, revisions, appsV1Resources.controllerrevisions);
  const { owned, actions: claims } = claim(set, daemonSets, selector, candidates, coreV1Resources.pods);
  const history = settleHistory(set, claimed.owned, owned, (name) => revisions.find(({ metadata }) => metadata.name === name));
  const before = [...claimed.actions, ...claims, ...history.actions];
  if (history.hash === undefined) return { actions: before };
  const scene: Scene = { set, places: placesOf(set, nodes, owned), hash: history.hash, isUpdated: updatedTest(set, history.hash), nowMs };
  const status = updatedStatus(scene);
  const { actions, create, remove, waitsMs } = placementMoves(scene, backoff);
  const moves = create.length + remove.length > 0 ? { create, remove } : rolloutMoves(scene);
  const availableInMs = nextAvailableInMs(owned, set.spec?.minReadySeconds ?? 0, nowMs);
  return {
    actions: [...before, ...actions, ...syncDaemons(set, { ...moves, hash: history.hash }, () => status), ...surplusHistory(set, history.old, owned), ...status],
    againAfterMs: availableInMs === undefined && waitsMs.length === 0 ? undefined : Math.min(availableInMs ?? Infinity, ...waitsMs),
  };
}

function updatedStatus(scene: Scene): Action[] {
  const { set } = scene;
  const status = countedStatus(scene);
  return sameJson(status, set.status) ? [] : [{ do: 'update', resource: daemonSets, object: { ...set, status }, subresource: 'status' }];
}
