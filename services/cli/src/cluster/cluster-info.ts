import { coreV1Resources } from '@kubernode/api';
import { isNotFound } from '@kubernode/apimachinery';
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { openAdminClient } from './admin-client.ts';
import { applyObject } from './apply-object.ts';
import type { ClusterCertificates } from './open-certificates.ts';
import { planPorts } from './port-plan.ts';

export const CLUSTER_INFO = { namespace: 'kube-public', name: 'cluster-info' } as const;

/** The kubeconfig without a user by which who has a token joins: where the cluster is, and whom to believe. */
export function clusterInfoKubeconfig({ server, ca }: { server: string; ca: string }): string {
  return stringify({
    apiVersion: 'v1', kind: 'Config', clusters: [{ name: '', cluster: { 'certificate-authority-data': Buffer.from(ca).toString('base64'), server } }], contexts: null, 'current-context': '', preferences: {}, users: null,
  });
}

/** What cluster-info says of this cluster now. */
export function clusterInfoOf({ layout, config, advertiseAddress }: ClusterCertificates): string {
  return clusterInfoKubeconfig({ server: `https://${advertiseAddress}:${planPorts(config.securePort).front}`, ca: readFileSync(layout.pki('ca.crt'), 'utf8') });
}

/** Brings cluster-info up to date where the cluster has one; its signatures follow by the bootstrap signer. */
export async function refreshClusterInfo(cluster: ClusterCertificates, signal: AbortSignal): Promise<void> {
  const client = openAdminClient(cluster.layout, cluster.config);
  try {
    const present = await client.get(coreV1Resources.configmaps, CLUSTER_INFO, { signal }).catch((error: unknown) => { if (isNotFound(error)) return undefined; throw error; });
    const kubeconfig = clusterInfoOf(cluster);
    if (present === undefined || present.data?.['kubeconfig'] === kubeconfig) return;
    await applyObject(client, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...CLUSTER_INFO }, data: { kubeconfig } });
  } finally { client.close(); }
}
