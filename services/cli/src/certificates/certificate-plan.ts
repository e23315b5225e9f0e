import type { CertificateRequest } from '@kubernode/component-base';

/**
 * Authorities that say different things: who somebody is, who may speak for others (one client alone), and who may read and write all of etcd (its
 * members and the API servers). etcd knows no rights: were its authority the first, each node and each user could do that.
 */
export type AuthorityName = 'ca' | 'front-proxy-ca' | 'etcd-ca';
export const AUTHORITIES: readonly AuthorityName[] = ['ca', 'front-proxy-ca', 'etcd-ca'];

/** Under it API servers name users to those behind them. Its authority vouches for nothing else: whoever it vouches for may be anybody. */
export const FRONT_PROXY_CLIENT = 'front-proxy-client';

/** One process is all simulated nodes, so it is none of them by name. */
export const SIMULATED_NODES_USER = 'kubernode:simulated-nodes';

export type HostRole = 'etcd' | 'control-plane' | 'node' | 'simulated-nodes';

/** A machine, by what runs on it and by what it is called. */
export interface CertificateHost {
  /** Of the node too, where it is one: lower case. */
  name: string;
  roles: readonly HostRole[];
  /** IP addresses under which others reach it; loopback is added. */
  addresses: readonly string[];
  /** Further DNS names; its own and `localhost` are added. */
  dnsNames?: readonly string[];
}

export interface CertificateCluster {
  clusterDomain: string;
  serviceCidr: string;
  leafLifetimeMs: number;
  /** Addresses and names of what stands in front of the API servers. */
  front?: { addresses: readonly string[]; dnsNames: readonly string[] };
}

/** One leaf certificate: `NAME.crt` with `NAME.key` on its host. */
export interface PlannedCertificate {
  host: string;
  name: string;
  issuer: AuthorityName;
  request: CertificateRequest;
  /** Its bearer finds it in a kubeconfig, not in the files. */
  inKubeconfig: boolean;
}

/** Every leaf that the hosts of a cluster need, named as Kubernetes' own tools name them. A pure function: nothing is made. */
export function planCertificates(cluster: CertificateCluster, hosts: readonly CertificateHost[]): readonly PlannedCertificate[] {
  const leaves: Readonly<Record<HostRole, (host: CertificateHost) => PlannedCertificate[]>> = {
    etcd: (host) => [{ ...server(cluster, host, { name: 'etcd', commonName: 'kube-etcd' }), issuer: 'etcd-ca' }],
    'control-plane': (host) => controlPlane(cluster, host),
    node: (host) => node(cluster, host),
    'simulated-nodes': (host) => [{ ...clientOn(cluster, host)('simulated-nodes', { commonName: SIMULATED_NODES_USER }), inKubeconfig: true }],
  };
  return hosts.flatMap((host) => host.roles.flatMap((role) => leaves[role](host)));
}

function controlPlane(cluster: CertificateCluster, host: CertificateHost): PlannedCertificate[] {
  const { clusterDomain, serviceCidr, front = { addresses: [], dnsNames: [] } } = cluster;
  const client = clientOn(cluster, host);
  return [
    server(cluster, host, {
      name: 'apiserver', commonName: 'kube-apiserver', addresses: [firstServiceAddress(serviceCidr), ...front.addresses],
      dnsNames: ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${clusterDomain}`, ...front.dnsNames],
    }),
    client('apiserver-kubelet-client', { commonName: 'kube-apiserver-kubelet-client', organizations: ['kubeadm:cluster-admins', 'system:masters'] }),
    { ...client('apiserver-etcd-client', { commonName: 'kube-apiserver-etcd-client' }), issuer: 'etcd-ca' },
    { ...client(FRONT_PROXY_CLIENT, { commonName: FRONT_PROXY_CLIENT }), issuer: 'front-proxy-ca' },
    { ...client('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'] }), inKubeconfig: true },
    { ...client('scheduler', { commonName: 'system:kube-scheduler' }), inKubeconfig: true },
    { ...client('controller-manager', { commonName: 'system:kube-controller-manager' }), inKubeconfig: true },
  ];
}

function node(cluster: CertificateCluster, host: CertificateHost): PlannedCertificate[] {
  const client = clientOn(cluster, host);
  const identity = { commonName: `system:node:${host.name}`, organizations: ['system:nodes'] };
  return [
    { ...client(`node-${host.name}`, identity), inKubeconfig: true },
    server(cluster, host, { name: `kubelet-${host.name}`, ...identity }),
    { ...client('kube-proxy', { commonName: 'system:kube-proxy' }), inKubeconfig: true },
    { ...client('dns', { commonName: 'kubernode:dns' }), inKubeconfig: true },
    { ...client('network', { commonName: 'kubernode:network' }), inKubeconfig: true },
  ];
}

type Identity = Pick<CertificateRequest, 'commonName' | 'organizations'>;

function clientOn({ leafLifetimeMs: lifetimeMs }: CertificateCluster, { name: host }: CertificateHost): (name: string, identity: Identity) => PlannedCertificate {
  return (name, identity) => ({ host, name, issuer: 'ca', inKubeconfig: false, request: { ...identity, usages: ['client'], lifetimeMs } });
}

/** Servers show theirs to other servers, too: members of etcd to each other. */
function server(cluster: CertificateCluster, host: CertificateHost, { name, dnsNames = [], addresses = [], ...identity }: Identity & { name: string; dnsNames?: readonly string[]; addresses?: readonly string[] }): PlannedCertificate {
  const request: CertificateRequest = {
    ...identity, usages: ['server', 'client'], lifetimeMs: cluster.leafLifetimeMs,
    dnsNames: [...new Set([...dnsNames, 'localhost', host.name, ...host.dnsNames ?? []])],
    ipAddresses: [...new Set(['127.0.0.1', '::1', ...addresses, ...host.addresses])],
  };
  return { host: host.name, name, issuer: 'ca', inKubeconfig: false, request };
}

/** `10.96.0.0/12` → `10.96.0.1`: the address of the service `kubernetes`. */
export function firstServiceAddress(cidr: string): string {
  const octets = (cidr.split('/')[0] ?? '').split('.').map(Number);
  return [...octets.slice(0, 3), (octets[3] ?? 0) + 1].join('.');
}
