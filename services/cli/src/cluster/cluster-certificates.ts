import { hostname } from 'node:os';
import type { IssueOptions } from '@kubernode/component-base';
import { type CertificateHost, type PlannedCertificate, planCertificates } from '../certificates/certificate-plan.ts';
import { ensureAuthorities, type Issued, issueCertificates, LEAF_LIFETIME_MS } from '../certificates/issue-certificates.ts';
import { hostAddresses } from '../host/host-address.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import { nodePlaces } from './node-place.ts';

/** Every leaf of a cluster of `up`: all its hosts are this one, and each leaf is there once. */
export function clusterCertificates(config: ClusterConfig, nodeNames: readonly string[]): readonly PlannedCertificate[] {
  const { clusterDomain, serviceCidr, certificateLifetimeMs: leafLifetimeMs = LEAF_LIFETIME_MS } = config;
  const planned = planCertificates({ clusterDomain, serviceCidr, leafLifetimeMs }, clusterHosts(config, nodeNames));
  return [...new Map(planned.map((one) => [one.name, one])).values()];
}

/** The control plane, and each node by its name; on one machine they answer under all of its addresses. */
function clusterHosts(config: ClusterConfig, nodeNames: readonly string[]): readonly CertificateHost[] {
  const addresses = hostAddresses();
  const places = nodePlaces(config, '127.0.0.1');
  const dnsNames = [hostname()];
  return [
    { name: hostname().toLowerCase(), roles: ['etcd', 'control-plane', ...(config.simulatedNodes > 0 ? ['simulated-nodes'] as const : [])], addresses, dnsNames },
    ...nodeNames.map((name, node): CertificateHost => ({ name, roles: ['node'], addresses: [...addresses, places[node]?.address ?? '127.0.0.1'], dnsNames })),
  ];
}

export interface ClusterIssue { layout: Layout; config: ClusterConfig; nodeNames: readonly string[]; options: IssueOptions; force?: (planned: PlannedCertificate) => boolean }

/** Makes what is missing, near its end, or not as planned; never touches a good file. Returns what was made. */
export async function ensureClusterCertificates({ layout, config, nodeNames, options, force }: ClusterIssue): Promise<readonly Issued[]> {
  await ensureAuthorities(layout.pki(''), { ...options, lifetimeMs: config.authorityLifetimeMs });
  return issueCertificates({ plan: clusterCertificates(config, nodeNames), authoritiesDir: layout.pki(''), dirOf: () => layout.pki(''), options, ...(force && { force }) });
}
