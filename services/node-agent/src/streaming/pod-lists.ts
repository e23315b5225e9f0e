import type { coreV1 } from '@kubernode/api';
import { allContainers } from '../pod/pod-facts.ts';
import type { PodWorker } from '../pod-workers/pod-worker.ts';

/** /pods: what this node is to run, with the status as it is here. Pure. */
export function podList(workers: readonly PodWorker[]): object {
  return list(workers.map(({ pod: { metadata, spec }, status }) => ({ metadata, spec, status })));
}

/** /runningpods: what the runtime runs. Pure. */
export function runningPodList(workers: readonly PodWorker[]): object {
  return list(workers.flatMap(({ pod, state }) => {
    const running = state.containers.filter(({ phase }) => phase === 'running');
    if (running.length === 0 && !state.sandboxes.some(({ ready }) => ready)) return [];
    const { name, namespace, uid } = pod.metadata;
    const images = new Map(allContainers(pod).map((one) => [one.name, one.image ?? '']));
    return [{
      metadata: { name, namespace, uid }, status: {},
      spec: { containers: running.map((one): coreV1.Container => ({ name: one.name, image: images.get(one.name) ?? one.image, resources: {} })) },
    }];
  }));
}

function list(items: readonly object[]): object { return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items }; }
