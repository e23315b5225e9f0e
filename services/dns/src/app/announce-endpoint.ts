import { discoveryV1Resources } from '@kubernode/api';
import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';

/** Where pods of one node reach its DNS server. */
export interface Announcement { nodeName: string; nodeIp: string; dnsPort: number; metricsPort: number }

const NAMESPACE = 'kube-system';
const SERVICE = 'kube-dns';
const MANAGER = 'kubernode-dns';
/** Written again this often, so that a slice that someone deleted comes back. */
const EVERY_MS = 60_000;
const RETRY_MS = 1000;

/** Keeps this node's server among the endpoints of the service kube-dns until aborted. Traffic policy Local sends pods to their own node's. */
export async function announceEndpoint({ client, clock, logger, announcement }: { client: Client; clock: Clock; logger: Logger; announcement: Announcement }, signal: AbortSignal): Promise<void> {
  for (;;) {
    let next = EVERY_MS;
    try {
      const slice = endpointSlice(announcement);
      await client.patch(discoveryV1Resources.endpointslices, slice.metadata, { type: 'apply', body: slice, fieldManager: MANAGER, force: true }, { signal });
    } catch (error) {
      if (isAbortError(error)) throw error;
      logger.warn('the DNS server could not be announced', { error: errorMessage(error) });
      next = RETRY_MS;
    }
    await clock.sleep(next, { signal });
  }
}

function endpointSlice({ nodeName, nodeIp, dnsPort, metricsPort }: Announcement) {
  return {
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
    metadata: { name: `${SERVICE}-${nodeName}`, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': SERVICE, 'endpointslice.kubernetes.io/managed-by': MANAGER } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [nodeIp], nodeName, conditions: { ready: true, serving: true, terminating: false } }],
    ports: [{ name: 'dns', port: dnsPort, protocol: 'UDP' }, { name: 'dns-tcp', port: dnsPort, protocol: 'TCP' }, { name: 'metrics', port: metricsPort, protocol: 'TCP' }],
  } as const;
}
