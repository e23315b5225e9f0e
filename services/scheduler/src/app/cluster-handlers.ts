import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { InformerFactory } from '@kubernode/client';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import { assignedPodAdd, assignedPodDelete, clusterEvent, nodeAdd, nodeDelete, nodeEvents, podEvents, resourceName, type EventRegistration } from '../framework/cluster-event.ts';
import type { SchedulingQueue } from '../queue/scheduling-queue.ts';

type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;

/** Finished pods need no node and use none. */
export const UNFINISHED = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' };

export interface HandlerTargets {
  cache: ClusterCache;
  queue: SchedulingQueue;
  /** Whether one of the profiles is for the pod. */
  isOurs(pod: Pod): boolean;
  /** A pod whose binding is under way is being deleted. */
  stopBinding(pod: Pod): void;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  onHandled(event: string, seconds: number): void;
}

/** Asks for all that is looked at, so that it fills before the lead is won, and no pod is tried before the nodes are known. */
export function requestInformers(informers: InformerFactory, registrations: Iterable<EventRegistration>): void {
  informers.informer(coreV1Resources.nodes);
  informers.informer(coreV1Resources.pods, UNFINISHED);
  for (const { ref } of registrations) if (ref !== undefined) informers.informer(ref);
}

/** Carries what the watches show into cache and queue; other objects only as events for the plugins that asked for them. */
export function handleCluster(informers: InformerFactory, targets: HandlerTargets, registrations: Iterable<EventRegistration>): Disposable {
  const { queue } = targets;
  const listeners = [
    informers.informer(coreV1Resources.nodes).onChange(({ key, object, previous }) => { timed(targets, labelOf('Node', object, previous), () => { nodeChanged(key, object, previous, targets); }); }),
    informers.informer(coreV1Resources.pods, UNFINISHED).onChange(({ object, previous }) => { timed(targets, podLabel(object, previous), () => { podChanged(object, previous, targets); }); }),
  ];
  const watched = new Map([...registrations].flatMap(({ ref }) => (ref === undefined ? [] : [[resourceName(ref), ref] as const])));
  for (const [name, ref] of watched) {
    listeners.push(informers.informer(ref).onChange(({ object, previous }) => {
      const action = previous === undefined ? 'Add' : object === undefined ? 'Delete' : 'Update';
      timed(targets, labelOf(name, object, previous), () => { queue.moveOn(clusterEvent(name, action), { before: previous, after: object }); });
    }));
  }
  return { [Symbol.dispose]: () => { for (const one of listeners) one[Symbol.dispose](); } };
}

function timed({ now, onHandled }: HandlerTargets, event: string, work: () => void): void {
  const since = now();
  work();
  onHandled(event, (now() - since) / 1000);
}

function labelOf(kind: string, object: unknown, previous: unknown): string { return `${kind}${previous === undefined ? 'Add' : object === undefined ? 'Delete' : 'Update'}`; }

function podLabel(object: Pod | undefined, previous: Pod | undefined): string {
  const known = object ?? previous;
  return labelOf(known !== undefined && isAssigned(known) ? 'AssignedPod' : 'UnscheduledPod', object, object !== undefined && previous !== undefined && isAssigned(object) && !isAssigned(previous) ? undefined : previous);
}

function nodeChanged(name: string, object: Node | undefined, previous: Node | undefined, { cache, queue }: HandlerTargets): void {
  if (object === undefined) {
    queue.moveOn(nodeDelete, { before: previous });
    cache.removeNode(name);
    return;
  }
  cache.setNode(object);
  if (previous === undefined) queue.moveOn(nodeAdd, { after: object });
  else for (const event of nodeEvents(previous, object)) queue.moveOn(event, { before: previous, after: object });
}

function podChanged(object: Pod | undefined, previous: Pod | undefined, targets: HandlerTargets): void {
  if (previous !== undefined && object !== undefined && previous.metadata.uid !== object.metadata.uid) { // deleted and made again in between
    podChanged(undefined, previous, targets);
    podChanged(object, undefined, targets);
    return;
  }
  if (object === undefined || isFinished(object)) { if (previous !== undefined) podGone(previous, targets); return; }
  if (isAssigned(object)) assignedPodChanged(object, previous, targets);
  else if (targets.isOurs(object)) waitingPodChanged(object, previous, targets);
}

function podGone(pod: Pod, targets: HandlerTargets): void {
  const { cache, queue } = targets;
  const uid = pod.metadata.uid ?? '';
  if (isAssigned(pod)) {
    cache.removePod(uid);
    queue.moveOn(assignedPodDelete, { before: pod });
    return;
  }
  if (!targets.isOurs(pod)) return;
  queue.remove(uid);
  if (cache.isAssumed(uid)) targets.stopBinding(pod);
  else if ((pod.status?.nominatedNodeName ?? '') !== '') placeFreed(pod, queue);
}

function assignedPodChanged(object: Pod, previous: Pod | undefined, { cache, queue }: HandlerTargets): void {
  cache.setPod(object);
  if (previous !== undefined && isAssigned(previous)) {
    for (const event of podEvents(previous, object)) queue.moveOn(event, { before: previous, after: object });
    return;
  }
  queue.remove(object.metadata.uid ?? '');
  queue.moveOn(assignedPodAdd, { after: object });
}

function waitingPodChanged(object: Pod, previous: Pod | undefined, targets: HandlerTargets): void {
  const { cache, queue } = targets;
  if (previous === undefined) { queue.add(object); return; }
  if (cache.isAssumed(object.metadata.uid ?? '')) {
    if (object.metadata.deletionTimestamp !== undefined && previous.metadata.deletionTimestamp === undefined) targets.stopBinding(object);
    return;
  }
  queue.update(previous, object);
  const promised = previous.status?.nominatedNodeName ?? '';
  if (promised !== '' && promised !== (object.status?.nominatedNodeName ?? '')) placeFreed(previous, queue);
}

/** The node that the pod was promised may now do for others that matter no more than it. */
function placeFreed(pod: Pod, queue: SchedulingQueue): void {
  const priority = pod.spec?.priority ?? 0;
  queue.moveOn(assignedPodDelete, { before: pod }, ({ info }) => info.priority <= priority);
}

function isAssigned({ spec }: Pod): boolean { return (spec?.nodeName ?? '') !== ''; }
function isFinished({ status }: Pod): boolean { return status?.phase === 'Succeeded' || status?.phase === 'Failed'; }
