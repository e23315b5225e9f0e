import { coreV1Resources } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { UserError } from '@kubernode/component-base';

const LIMIT_MS = 120_000;
const POLL_MS = 300;

/** Resolves when all these nodes are Ready. */
export async function untilNodesReady(client: Client, names: readonly string[], { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  const deadline = clock.monotonicNow() + LIMIT_MS;
  for (;;) {
    const nodes = await client.list(coreV1Resources.nodes, { signal });
    const ready = new Set(nodes.items.filter((node) => node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true).map((node) => node.metadata.name));
    const missing = names.filter((name) => !ready.has(name));
    if (missing.length === 0) return;
    if (clock.monotonicNow() > deadline) throw new UserError(`not ready after ${LIMIT_MS / 1000} s: ${missing.join(', ')}; see 'journalctl -u kubernode-node' there`);
    await clock.sleep(POLL_MS, { signal });
  }
}
