import { matchesLabels, selectorFromLabelSelector } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { adoptingOwner, claim, controller, controllerOf, ownKey, watch, wouldAdopt, type Action, type Controller, type Listers, type Plan } from '@kubernode/controller';
import type { Revision } from '../history/controller-revisions.ts';
import { claimablePods, nextAvailableInMs, podsByController } from '../pods.ts';
import { claimName, ordinalOf } from './statefulset-identity.ts';
import { settleRevisions, surplusRevisions } from './statefulset-revisions.ts';
import { revisionOf, type Scene } from './statefulset-scene.ts';
import { countedStatus, isNews } from './statefulset-status.ts';
import { nextStep } from './statefulset-step.ts';

type StatefulSet = Readonly<appsV1.StatefulSet>;
type Pod = Readonly<coreV1.Pod>;
type Claim = Readonly<coreV1.PersistentVolumeClaim>;

const statefulSets = appsV1Resources.statefulsets;

export interface StatefulSetSnapshot {
  set: StatefulSet;
  /** The set's, and those it may adopt. */
  candidates: readonly Pod[];
  /** All of the namespace. */
  revisions: readonly Revision[];
  claimNamed(name: string): Claim | undefined;
}

/** StatefulSets: pods with names and claims of their own, made, changed and deleted in order. */
export const statefulSetController: Controller = controller<StatefulSetSnapshot>({
  name: 'statefulset',
  component: 'statefulset-controller',
  watches: [
    watch({ resource: statefulSets, keys: ownKey }),
    watch({ resource: coreV1Resources.persistentvolumeclaims, keys: ({ object, previous }, listers) => (object === undefined ? usersOf(previous, listers) : []) }), // a pod may wait for it to be gone
    watch({ resource: appsV1Resources.controllerrevisions, keys: () => [] }),
    watch({ resource: coreV1Resources.pods, indexes: podsByController, keys: ({ object, previous }, listers) => [...ownersOf(object, listers), ...ownersOf(previous, listers)] }),
  ],
  read(key, listers) {
    const set = listers.of(statefulSets).get(key);
    if (set === undefined) return undefined;
    const namespace = set.metadata.namespace ?? '';
    const claims = listers.of(coreV1Resources.persistentvolumeclaims);
    return {
      set, candidates: claimablePods(listers, set), revisions: listers.of(appsV1Resources.controllerrevisions).inNamespace(namespace),
      claimNamed: (name) => claims.get(`${namespace}/${name}`),
    };
  },
  async ask(snapshot, reach) {
    const { set, candidates, revisions } = snapshot;
    const selector = selectorFromLabelSelector(set.spec?.selector);
    const adopts = wouldAdopt(selector, candidates, (pod) => ordinalOf(pod, set) >= 0) || wouldAdopt(selector, revisions);
    return adopts ? { ...snapshot, set: await adoptingOwner(set, statefulSets, reach) } : snapshot;
  },
  reconcile,
});

function ownersOf(pod: Pod | undefined, listers: Listers): string[] {
  if (pod === undefined) return [];
  const { namespace = '' } = pod.metadata;
  const owner = controllerOf(pod);
  if (owner !== undefined) return owner.kind === 'StatefulSet' ? [`${namespace}/${owner.name}`] : [];
  return listers.of(statefulSets).inNamespace(namespace) // an orphan: whoever selects it may adopt it
    .filter((set) => ordinalOf(pod, set) >= 0 && matchesLabels(selectorFromLabelSelector(set.spec?.selector), pod.metadata.labels)).map(({ metadata }) => `${namespace}/${metadata.name}`);
}

function usersOf(claimed: Claim | undefined, listers: Listers): string[] {
  const { name = '', namespace = '' } = claimed?.metadata ?? {};
  const ordinal = Number(/-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
  return listers.of(statefulSets).inNamespace(namespace)
    .filter((set) => set.spec?.volumeClaimTemplates?.some((template) => claimName(template, set, ordinal) === name) === true).map(({ metadata }) => `${namespace}/${metadata.name}`);
}

/** One step; the events of that step bring the next. A set that is being deleted is only counted. */
export function reconcile({ set, candidates, revisions, claimNamed }: StatefulSetSnapshot, nowMs: number): Plan {
  const selector = selectorFromLabelSelector(set.spec?.selector);
  const history = claim(set, statefulSets, selector, revisions.filter((one) => controllerOf(one) === undefined || matchesLabels(selector, one.metadata.labels)), appsV1Resources.controllerrevisions);
  const { owned, actions: claims } = claim(set, statefulSets, selector, candidates, coreV1Resources.pods, { suits: (pod) => ordinalOf(pod, set) >= 0 });
  const settled = settleRevisions(set, history.owned, (name) => revisions.find(({ metadata }) => metadata.name === name));
  const scene: Scene = { set, pods: owned, claimNamed, revisions: settled, nowMs };
  const againAfterMs = nextAvailableInMs(owned, set.spec?.minReadySeconds ?? 0, nowMs);
  if (set.metadata.deletionTimestamp !== undefined) return { actions: updatedStatus(scene, false), againAfterMs };
  const { actions, updates } = nextStep(scene);
  const live = new Set([settled.current.metadata.name, settled.update.metadata.name, ...owned.map(revisionOf)]);
  const surplus = surplusRevisions(set, history.owned, (name) => live.has(name));
  const counted = [...updatedStatus(scene, updates), ...surplus];
  const steps: Action[] = actions.length === 0 ? [] : [{ do: 'in-order', actions, failed: () => [...updatedStatus(scene, false), ...surplus] }];
  return { actions: [...history.actions, ...claims, ...settled.actions, ...steps, ...counted], againAfterMs };
}

function updatedStatus(scene: Scene, updates: boolean): Action[] {
  const status = countedStatus(scene, { updates });
  return isNews(status, scene.set.status) ? [{ do: 'update', resource: statefulSets, object: { ...scene.set, status }, subresource: 'status' }] : [];
}
