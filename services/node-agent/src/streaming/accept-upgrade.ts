import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { pipeUpgrade } from './pipe-upgrade.ts';
import { streamTarget } from './stream-target.ts';

/** Takes an exec, attach or port-forward request to the runtime. */
export async function acceptUpgrade(deps: { workers: PodWorkers; runtime: CriRuntime }, { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer }): Promise<void> {
  const target = await streamTarget(deps, new URL(request.url ?? '/', 'https://node'));
  pipeUpgrade(request, socket, { head, url: target.url });
}
