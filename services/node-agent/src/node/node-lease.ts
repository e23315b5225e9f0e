import { formatMicroTime, isNotFound } from '@kubernode/apimachinery';
import { type coordinationV1, coordinationV1Resources, coreV1Resources } from '@kubernode/api';
import { type Clock, errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';

export interface NodeLeaseDeps { client: Client; clock: Clock; logger: Logger; nodeName: string }

const NAMESPACE = 'kube-node-lease';
const DURATION_SECONDS = 40;
const RENEW_EVERY_MS = 10_000;
const RETRY_MS = 1000;

/** Renews the lease by which the control plane sees that the node lives. */
export async function runNodeLease({ client, clock, logger, nodeName }: NodeLeaseDeps, signal: AbortSignal): Promise<void> {
  let held: coordinationV1.Lease | undefined;
  while (!signal.aborted) {
    let waitMs = RENEW_EVERY_MS;
    try {
      held = held === undefined ? await acquire(client, { nodeName, nowMs: clock.now() }) : await renew(client, held, clock.now());
    } catch (error) {
      if (signal.aborted) return;
      held = undefined; // read anew: someone else may have written it
      waitMs = RETRY_MS;
      logger.info('cannot renew the node lease', { error: errorMessage(error) });
    }
    await clock.sleep(waitMs, { signal }).catch(() => undefined); // aborted: the loop ends
  }
}

async function acquire(client: Client, { nodeName, nowMs }: { nodeName: string; nowMs: number }): Promise<coordinationV1.Lease> {
  try {
    return await renew(client, await client.get(coordinationV1Resources.leases, { name: nodeName, namespace: NAMESPACE }), nowMs);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const node = await client.get(coreV1Resources.nodes, { name: nodeName });
  const lease: coordinationV1.Lease = {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease',
    metadata: { name: nodeName, namespace: NAMESPACE, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid ?? '' }] },
    spec: { holderIdentity: nodeName, leaseDurationSeconds: DURATION_SECONDS, renewTime: formatMicroTime(nowMs) },
  };
  return client.create(coordinationV1Resources.leases, lease);
}

function renew(client: Client, lease: coordinationV1.Lease, nowMs: number): Promise<coordinationV1.Lease> {
  const spec = { ...lease.spec, holderIdentity: lease.metadata.name, leaseDurationSeconds: DURATION_SECONDS, renewTime: formatMicroTime(nowMs) };
  return client.update(coordinationV1Resources.leases, { ...lease, spec } as coordinationV1.Lease & Record<string, unknown>); // a Lease is a plain object
}
