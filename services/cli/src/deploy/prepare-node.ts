import path from 'node:path';
import type { Clock } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { prepareHostNetwork } from '../host/host-network.ts';
import { importImage } from '../images/import-image.ts';
import { writePauseImage } from '../images/standard-images.ts';
import { isReady } from '../supervisor/ready-probe.ts';
import { hostNetworkFile, hostStateDir } from './host-manifest.ts';

const RUNTIME_LIMIT_MS = 60_000;
const POLL_MS = 50;

/** May be called any number of times; what it changes is remembered for `uninstall`. */
export async function prepareNode({ socket, env, clock, signal }: { socket: string; env: Readonly<Record<string, string | undefined>>; clock: Clock; signal: AbortSignal }): Promise<void> {
  await prepareHostNetwork(hostNetworkFile);
  const deadline = clock.monotonicNow() + RUNTIME_LIMIT_MS;
  while (!await isReady({ kind: 'socket', path: socket })) {
    if (clock.monotonicNow() > deadline) throw new UserError(`the container runtime does not answer at ${socket}`);
    await clock.sleep(POLL_MS, { signal });
  }
  await importImage({ archive: writePauseImage(path.join(hostStateDir, 'images'), env), socket, env });
}
