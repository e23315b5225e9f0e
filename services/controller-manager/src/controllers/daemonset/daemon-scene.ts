import type { appsV1, coreV1 } from '@kubernode/api';
import { availableInMs, isFinished } from '../pods.ts';
import { placer, type Placement } from './daemon-node.ts';
import { byAge, nodeNameOf } from './daemon-pods.ts';

type DaemonSet = Readonly<appsV1.DaemonSet>;
type Pod = Readonly<coreV1.Pod>;

/** A node that is there, or that only pods tell of; then no daemon belongs on it. */
export interface Place extends Placement { nodeName: string; exists: boolean; /** Oldest first. */ pods: readonly Pod[] }

/** All that one step of a set looks at. */
export interface Scene {
  set: DaemonSet;
  places: readonly Place[];
  /** Of the present template. */
  hash: string;
  /** Whether a pod is of the present template. */
  isUpdated(pod: Pod): boolean;
  nowMs: number;
}

/** Daemons by the node they are on or made for. Those that have ended and are being deleted are of no interest any more. */
export function placesOf(set: DaemonSet, nodes: readonly Readonly<coreV1.Node>[], owned: readonly Pod[]): Place[] {
  const podsOf = new Map<string, Pod[]>();
  for (const pod of owned) {
    const nodeName = nodeNameOf(pod);
    if (nodeName === '' || (isFinished(pod) && isGoing(pod))) continue;
    const there = podsOf.get(nodeName);
    if (there === undefined) podsOf.set(nodeName, [pod]); else there.push(pod);
  }
  const placementOf = placer(set);
  const places = nodes.map((node): Place => {
    const nodeName = node.metadata.name;
    const pods = podsOf.get(nodeName) ?? [];
    podsOf.delete(nodeName);
    return { nodeName, exists: true, ...placementOf(node), pods: pods.sort(byAge) };
  });
  return [...places, ...[...podsOf].map(([nodeName, pods]): Place => ({ nodeName, exists: false, run: false, stay: false, pods: pods.sort(byAge) }))];
}

export function isGoing({ metadata }: Pod): boolean { return metadata.deletionTimestamp !== undefined; }

export function isAvailable(pod: Pod, { set, nowMs }: Pick<Scene, 'set' | 'nowMs'>): boolean { return availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs) === 0; }

/** The daemon of the present template and the one of another; undefined where there are more, which are first made fewer. */
export function pairOf({ pods }: Place, { isUpdated }: Scene): { fresh: Pod | undefined; old: Pod | undefined } | undefined {
  const staying = pods.filter((pod) => !isGoing(pod));
  const [fresh, ...moreFresh] = staying.filter((pod) => isUpdated(pod));
  const [old, ...moreOld] = staying.filter((pod) => !isUpdated(pod));
  return moreFresh.length + moreOld.length > 0 ? undefined : { fresh, old };
}
