import type { Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { waitUntil } from '@kubernode/component-base';
import { readyNodes } from '../cluster/node-readiness.ts';

const LIMIT_MS = 120_000;
const POLL_MS = 300;

/** Resolves when all these nodes are Ready. */
export function untilNodesReady(client: Client, names: readonly string[], { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  return waitUntil(async () => {
    const ready = await readyNodes(client, signal);
    const missing = names.filter((name) => !ready.has(name));
    return missing.length === 0 ? undefined : `not ready after ${LIMIT_MS / 1000} s: ${missing.join(', ')}; see 'journalctl -u kubernode-node' there`;
  }, { limitMs: LIMIT_MS, pollMs: POLL_MS, clock, signal });
}
