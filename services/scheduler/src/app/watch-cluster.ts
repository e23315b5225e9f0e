import { coreV1Resources, policyV1Resources, type coreV1 } from '@kubernode/api';
import type { InformerFactory } from '@kubernode/client';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import { workloadResources } from './workload-selector.ts';
import type { SchedulingQueue } from '../queue/scheduling-queue.ts';

type Pod = Readonly<coreV1.Pod>;

export interface WatchTargets { cache: ClusterCache; queue: SchedulingQueue; forget(uid: string): void }

/** Asks for what the scheduler reads, so that it fills before the lead is won. */
export function requestInformers(informers: InformerFactory): void {
  for (const resource of [coreV1Resources.pods, coreV1Resources.nodes, coreV1Resources.namespaces, policyV1Resources.poddisruptionbudgets, ...workloadResources]) informers.informer<unknown>(resource);
}

/** Carries changes of nodes and pods into cache and queue. */
export function watchCluster(informers: InformerFactory, targets: WatchTargets): Disposable {
  const { cache, queue } = targets;
  const nodes = informers.informer(coreV1Resources.nodes).onChange(({ key, object, previous }) => {
    if (object === undefined) { cache.removeNode(key); return; }
    cache.setNode(object);
    if (previous === undefined) queue.moveOn('node-added');
    else if (matters(previous, object)) queue.moveOn('node-updated');
  });
  const pods = informers.informer(coreV1Resources.pods).onChange(({ object, previous }) => { podChanged(object, previous, targets); });
  return { [Symbol.dispose]: () => { nodes[Symbol.dispose](); pods[Symbol.dispose](); } };
}

/** Heartbeats change nodes all the time; only what scheduling looks at counts. */
function matters(before: Readonly<coreV1.Node>, after: Readonly<coreV1.Node>): boolean {
  const seen = ({ metadata, spec, status }: Readonly<coreV1.Node>): string => JSON.stringify([metadata.labels, spec, status?.allocatable]);
  return seen(before) !== seen(after);
}

function podChanged(object: Pod | undefined, previous: Pod | undefined, { cache, queue, forget }: WatchTargets): void {
  const uid = (object ?? previous)?.metadata.uid ?? '';
  if (previous !== undefined && object !== undefined && previous.metadata.uid !== uid) podChanged(undefined, previous, { cache, queue, forget }); // deleted and made again in between
  if (object === undefined || isFinished(object)) {
    queue.remove(uid);
    forget(uid);
    const wasPlaced = cache.isPlaced(uid);
    cache.removePod(uid);
    if (wasPlaced) queue.moveOn('pod-removed');
    return;
  }
  if ((object.spec?.nodeName ?? '') !== '') {
    queue.remove(uid);
    const isNew = (previous?.spec?.nodeName ?? '') === '';
    cache.setPod(object);
    if (isNew) queue.moveOn('pod-added');
    else if (previous !== undefined && (previous.metadata.labels !== object.metadata.labels || previous.spec !== object.spec)) queue.moveOn('pod-updated');
    return;
  }
  if (object.metadata.deletionTimestamp !== undefined) { queue.remove(uid); forget(uid); return; }
  if (object.spec?.schedulerName !== undefined && object.spec.schedulerName !== 'default-scheduler') return;
  if (cache.isPlaced(uid)) return; // its binding is under way
  if (previous === undefined || specChanged(previous, object)) queue.add(object);
}

/** Status changes are the scheduler's own or nobody's business. */
function specChanged(before: Pod, after: Pod): boolean {
  const seen = ({ metadata, spec }: Pod): string => JSON.stringify([metadata.labels, metadata.annotations, spec]);
  return seen(before) !== seen(after);
}

function isFinished({ status }: Pod): boolean { return status?.phase === 'Succeeded' || status?.phase === 'Failed'; }
