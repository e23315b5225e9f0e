import { coreV1Resources } from '@kubernode/api';
import type { Client } from '@kubernode/client';

/** Names of the nodes that are Ready. */
export async function readyNodes(client: Client, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const { items } = await client.list(coreV1Resources.nodes, { signal });
  return new Set(items.filter(({ status }) => status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true).map(({ metadata }) => metadata.name));
}
