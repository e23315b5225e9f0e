import { formatMicroTime, isNotFound } from '@kubernode/apimachinery';
import { type coordinationV1, coordinationV1Resources, coreV1Resources } from '@kubernode/api';
import { type Clock, errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';

export interface NodeLeaseDeps { client: Client; clock: Clock; logger: Logger; nodeName: string; durationSeconds: number }

const NAMESPACE = 'kube-node-lease';
/** Of its duration: three renewals may fail before the lease ends. */
const RENEW_SHARE = 0.25;
const RETRY_MS = 1000;

/** Renews the lease by which the control plane sees that the node lives. */
export async function runNodeLease({ client, clock, logger, nodeName, durationSeconds }: NodeLeaseDeps, signal: AbortSignal): Promise<void> {
  let held: coordinationV1.Lease | undefined;
  while (!signal.aborted) {
    let waitMs = durationSeconds * 1000 * RENEW_SHARE;
    try {
      held = held === undefined ? await acquire(client, { nodeName, durationSeconds, nowMs: clock.now() }) : await renew(client, held, { durationSeconds, nowMs: clock.now() });
    } catch (error) {
      if (signal.aborted) return;
      held = undefined; // read anew: someone else may have written it
      waitMs = RETRY_MS;
      logger.info('cannot renew the node lease', { error: errorMessage(error) });
    }
    await clock.sleep(waitMs, { signal }).catch(() => undefined); // aborted: the loop ends
  }
}

interface Renewal { durationSeconds: number; nowMs: number }

async function acquire(client: Client, { nodeName, ...renewal }: Renewal & { nodeName: string }): Promise<coordinationV1.Lease> {
  try {
    return await renew(client, await client.get(coordinationV1Resources.leases, { name: nodeName, namespace: NAMESPACE }), renewal);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const node = await client.get(coreV1Resources.nodes, { name: nodeName });
  const lease: coordinationV1.Lease = {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease',
    metadata: { name: nodeName, namespace: NAMESPACE, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid ?? '' }] },
    spec: { holderIdentity: nodeName, leaseDurationSeconds: renewal.durationSeconds, renewTime: formatMicroTime(renewal.nowMs) },
  };
  return client.create(coordinationV1Resources.leases, lease);
}

function renew(client: Client, lease: coordinationV1.Lease, { durationSeconds, nowMs }: Renewal): Promise<coordinationV1.Lease> {
  const spec = { ...lease.spec, holderIdentity: lease.metadata.name, leaseDurationSeconds: durationSeconds, renewTime: formatMicroTime(nowMs) };
  return client.update(coordinationV1Resources.leases, { ...lease, spec } as coordinationV1.Lease & Record<string, unknown>); // a Lease is a plain object
}
