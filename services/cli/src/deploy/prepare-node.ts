import path from 'node:path';
import type { Clock } from '@kubernode/base';
import { waitUntil } from '@kubernode/component-base';
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
  await waitUntil(async () => (await isReady({ kind: 'socket', path: socket }) ? undefined : `the container runtime does not answer at ${socket}`), { limitMs: RUNTIME_LIMIT_MS, pollMs: POLL_MS, clock, signal });
  await importImage({ archive: writePauseImage(path.join(hostStateDir, 'images'), env), socket, env });
}
