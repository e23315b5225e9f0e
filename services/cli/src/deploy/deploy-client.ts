import path from 'node:path';
import { errorMessage, type Clock } from '@kubernode/base';
import { createClient, createHttpsTransport, type Client } from '@kubernode/client';
import { version, waitUntil } from '@kubernode/component-base';
import { buildKubeconfig, writeKubeconfig } from '../cluster/kubeconfig.ts';
import { pkiReader } from './deploy-certificates.ts';
import { machinesOf, type Inventory } from './inventory.ts';

const DEFAULT_PORT = 6443;
const SERVED_LIMIT_MS = 60_000;
const POLL_MS = 200;

export const serverUrl = ({ endpoint, ports }: Inventory): string => `https://${endpoint}:${ports['loadBalancer'] ?? DEFAULT_PORT}`;

function adminCredentials(inventory: Inventory): { ca: string; certificate: string; key: string } {
  const read = pkiReader(inventory, machinesOf(inventory, 'controlPlane')[0]?.name ?? '');
  return { ca: read('ca.crt'), certificate: read('admin.crt'), key: read('admin.key') };
}

/** A client with the administrator's certificate, through the load balancer. */
export function openDeployClient(inventory: Inventory): Client {
  const { ca, certificate, key } = adminCredentials(inventory);
  return createClient({ transport: createHttpsTransport({ server: serverUrl(inventory), ca: Buffer.from(ca), cert: Buffer.from(certificate), key: Buffer.from(key) }), userAgent: `kubernode-deploy/${version.kubernode}` });
}

/** The administrator's kubeconfig, in the state folder. */
export function writeAdminKubeconfig(inventory: Inventory): string {
  const file = path.join(inventory.stateDir, 'admin.kubeconfig');
  const { ca, certificate, key } = adminCredentials(inventory);
  writeKubeconfig(file, buildKubeconfig({ name: inventory.name, user: `${inventory.name}-admin`, server: serverUrl(inventory), ca, client: { certificate, key } }));
  return file;
}

/** Resolves when the API answers through the load balancer. */
export function untilServed(client: Client, { inventory, clock, signal }: { inventory: Inventory; clock: Clock; signal: AbortSignal }): Promise<void> {
  return waitUntil(async () => {
    const fault = await client.request({ method: 'GET', path: '/readyz', signal }).then(({ status }) => (status === 200 ? undefined : `/readyz says ${status}`), errorMessage);
    return fault === undefined ? undefined : `${serverUrl(inventory)} does not serve from here after ${SERVED_LIMIT_MS / 1000} s: ${fault}`;
  }, { limitMs: SERVED_LIMIT_MS, pollMs: POLL_MS, clock, signal });
}
