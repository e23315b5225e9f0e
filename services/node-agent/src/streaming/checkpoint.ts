import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { formatTime } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { allContainers } from '../pod/pod-facts.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { type ContainerAddress, findPod, findRunning } from './find-container.ts';
import { faultOf, HttpFault } from './http-fault.ts';

export interface CheckpointDeps { workers: Pick<PodWorkers, 'find'>; runtime: Pick<CriRuntime, 'checkpointContainer'>; clock: Clock; rootDir: string }

/** `POST /checkpoint/NAMESPACE/POD/CONTAINER`: writes a container's state to a file; resolves to the answer that names it. */
export async function checkpointContainer({ workers, runtime, clock, rootDir }: CheckpointDeps, address: ContainerAddress, query: URLSearchParams): Promise<{ items: string[] }> {
  const { namespace, pod, container } = address;
  const worker = findPod(workers, address);
  if (!allContainers(worker.pod).some(({ name }) => name === container)) throw new HttpFault(404, `container ${container} does not exist`);
  const timeout = query.getAll('timeout').at(-1) ?? '0';
  if (!/^[+-]?\d+$/.test(timeout)) throw new HttpFault(404, 'cannot parse value of timeout parameter');
  try {
    const running = findRunning(worker, address);
    if (running === undefined) throw new Error(`container ${container} not found`);
    const dir = path.join(rootDir, 'checkpoints');
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const location = path.join(dir, `checkpoint-${pod}_${namespace}-${container}-${formatTime(clock.now())}.tar`);
    await runtime.checkpointContainer(running.id, { location, timeoutSeconds: Number(timeout) });
    return { items: [location] };
  } catch (error) {
    throw new HttpFault(500, `checkpointing of ${namespace}/${pod}/${container} failed (${faultOf(error).message})`, { cause: error });
  }
}
