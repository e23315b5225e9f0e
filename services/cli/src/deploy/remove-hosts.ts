import type { Client } from '@kubernode/client';
import { coreV1Resources } from '@kubernode/api';
import { isNotFound } from '@kubernode/apimachinery';
import type { Deployment, LeavingHost } from './deployment.ts';
import { drainNode } from './drain-node.ts';
import type { HostConnection } from './host-connection.ts';
import { hostManifestFile, installDir } from './host-manifest.ts';

const UNINSTALL_LIMIT_MS = 5 * 60_000;

/** Takes hosts out of the cluster that the inventory no longer has: pods move first, then the Node object goes, then all that was put there. */
export async function removeLeavingHosts(deployment: Deployment, client: Client): Promise<void> {
  for (const host of deployment.leaving) {
    await deployment.progress.step(`${host.machine.name} leaves${host.connection === undefined ? '; it does not answer and is left as it is' : ''}`, () => removeHost(deployment, client, host));
  }
}

async function removeHost({ clock, signal, purge }: Deployment, client: Client, { machine, connection }: LeavingHost): Promise<void> {
  const isNode = machine.roles.includes('node');
  if (isNode && connection !== undefined) await drainNode(client, machine.name, { clock, signal });
  if (connection !== undefined) await uninstallHost(connection, { purge, signal });
  if (!isNode) return;
  try { await client.delete(coreV1Resources.nodes, { name: machine.name }, { signal }); } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** The host's own program does it, from the host's own manifest. */
export async function uninstallHost(connection: HostConnection, { purge, signal }: { purge: boolean; signal: AbortSignal }): Promise<void> {
  const script = `[ -f ${hostManifestFile} ] || exit 0
for k in ${installDir}/current/bin/kubernode ${installDir}/*/bin/kubernode; do [ -x "$k" ] && exec "$k" uninstall${purge ? ' --purge' : ''}; done
echo "no kubernode is on the host to remove it" >&2; exit 1`;
  await connection.must('uninstall', script, { signal, timeoutMs: UNINSTALL_LIMIT_MS });
}
