import { isConflict, isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { errorMessage, isAbortError, TaskGroup, type Clock } from '@kubernode/base';
import { WorkQueue, type Client, type Informer } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { decidePod } from './decide-pod.ts';
import { PodAddresses } from './pod-addresses.ts';

export interface SimulatePodsOptions {
  client: Client;
  pods: Informer<coreV1.Pod>;
  /** Name of a simulated node → its address; pods of other nodes are left alone. */
  nodes: ReadonlyMap<string, string>;
  /** Where the addresses of pods begin, for processes that share a cluster. */
  firstAddress?: number;
  clock: Clock;
  logger: Logger;
}

const WORKERS = 16;

/** Plays the kubelets' part for all pods of the simulated nodes until aborted. */
export async function simulatePods({ client, pods, nodes, firstAddress, clock, logger }: SimulatePodsOptions, signal: AbortSignal): Promise<void> {
  const queue = new WorkQueue({ name: 'simulated_pods', clock });
  const addresses = new PodAddresses(firstAddress);
  const seen = new Map<string, { wish: string; since: number }>(); // by uid: what the pod wants and since when
  using _listening = pods.onChange(({ key, object, previous }) => {
    const pod = object ?? previous;
    if (!pod || !nodes.has(pod.spec?.nodeName ?? '')) return;
    if (object) {
      if (object.status?.podIP !== undefined) addresses.keep(object.metadata.uid ?? '', object.status.podIP);
      queue.add(key);
      return;
    }
    addresses.release(pod.metadata.uid ?? '');
    seen.delete(pod.metadata.uid ?? '');
  });

  const sync = async (key: string): Promise<void> => {
    const pod = pods.lister.get(key);
    const hostIp = nodes.get(pod?.spec?.nodeName ?? '');
    if (!pod || hostIp === undefined) return;
    const uid = pod.metadata.uid ?? '';
    const wish = pod.metadata.deletionTimestamp === undefined ? 'run' : 'end';
    const known = seen.get(uid);
    const since = known?.wish === wish ? known.since : clock.now();
    seen.set(uid, { wish, since });
    const action = decidePod({ pod, podIp: addresses.of(uid), hostIp, now: clock.now(), since });
    switch (action.kind) {
      case 'none': return;
      case 'wait': queue.addAfter(key, action.ms); return;
      case 'delete': await client.delete(coreV1Resources.pods, pod.metadata, { gracePeriodSeconds: 0, uid, signal }); return;
      case 'setStatus': await client.patch(coreV1Resources.pods, { name: pod.metadata.name, namespace: pod.metadata.namespace, subresource: 'status' }, { type: 'strategic', body: { metadata: { uid }, status: action.status } }, { signal });
    }
  };

  const group = new TaskGroup(signal);
  for (let i = 0; i < WORKERS; i++) group.spawn(async (inner) => {
    for (;;) {
      const key = await queue.get(inner);
      try { await sync(key); queue.forget(key); } catch (error) {
        if (isAbortError(error)) throw error;
        if (!isNotFound(error) && !isConflict(error)) { logger.warn('a simulated pod could not be served', { pod: key, error: errorMessage(error) }); queue.addRateLimited(key); }
      } finally { queue.done(key); }
    }
  });
  await group.done();
}
