import { rbacV1Resources } from '@kubernode/api';
import { errorMessage, type Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { addons, controllerBindings } from './addons.ts';
import { openAdminClient } from './admin-client.ts';
import { applyObject } from './apply-object.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import { ensureLocalPathClass, hasLocalPaths, localPathRights } from './local-path.ts';
import { simulatedNodeRights } from './simulated-node-rights.ts';

const RETRY_MS = 200;

/** Sees to it that the cluster's own objects are there before components need them; tries until aborted. */
export async function ensureAddons({ layout, config, clock, logger, signal }: { layout: Layout; config: ClusterConfig; clock: Clock; logger: Logger; signal: AbortSignal }): Promise<void> {
  const client = openAdminClient(layout, config);
  try {
    for (;;) {
      try { await applyAddons(client, { clusterDns: config.clusterDns, localPaths: hasLocalPaths(config), simulatedNodes: config.simulatedNodes > 0 }, signal); return; } catch (error) {
        signal.throwIfAborted();
        logger.warn("the cluster's own objects could not be written", { error: errorMessage(error) });
        await clock.sleep(RETRY_MS, { signal });
      }
    }
  } finally { client.close(); }
}

/** Writes the cluster's own objects once. */
export async function applyAddons(client: Client, { clusterDns, localPaths, simulatedNodes }: { clusterDns: string; localPaths: boolean; simulatedNodes: boolean }, signal: AbortSignal): Promise<void> {
  const [roles, bindings] = await Promise.all([client.list(rbacV1Resources.clusterroles, { signal }), client.list(rbacV1Resources.clusterrolebindings, { signal })]);
  const present = new Set(bindings.items.map((binding) => binding.metadata.name));
  const missing = controllerBindings(roles.items.map((role) => role.metadata.name)).filter((binding) => !present.has(binding.metadata.name));
  const objects = [...addons({ clusterDns }), ...missing, ...(localPaths ? localPathRights : []), ...(simulatedNodes ? simulatedNodeRights : [])];
  await Promise.all(objects.map((object) => applyObject(client, object)));
  if (localPaths) await ensureLocalPathClass(client, signal);
}
