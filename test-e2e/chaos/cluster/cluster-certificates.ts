import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { systemClock, systemRng } from '@kubernode/base';
import { createAuthority, issueCertificate, replaceFileSync, type CertificateRequest, type KeyPair } from '@kubernode/component-base';
import { buildKubeconfig, writeKubeconfig } from '@kubernode/cli';
import { ports, type Places } from './machine-plan.ts';
import { machinesOf, type Machine, type Topology } from './topology.ts';

const DAY_MS = 86_400_000;

/** Of every certificate that a replica of scheduler or controller manager has, so that audit logs show which one acted. */
export const replicaGroup = (machine: string): string => `chaos:${machine}`;

/** Makes all certificates and kubeconfigs of a cluster. */
export async function prepareCertificates(places: Places, topology: Topology): Promise<void> {
  mkdirSync(places.pki(''), { recursive: true, mode: 0o700 });
  const authority = await createAuthority({ commonName: 'kubernetes', lifetimeMs: DAY_MS }, issueOptions());
  writePair(places, 'ca', authority);
  for (const [name, request] of requests(topology)) writePair(places, name, await issueCertificate(authority, request, issueOptions()));
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  replaceFileSync(places.pki('sa.key'), privateKey, { mode: 0o600 });
  replaceFileSync(places.pki('sa.pub'), publicKey, { mode: 0o644 });
  writeKubeconfigs(places, topology);
}

const issueOptions = (): { now: number; rng: typeof systemRng } => ({ now: systemClock.now(), rng: systemRng });

function requests(topology: Topology): ReadonlyMap<string, CertificateRequest> {
  const client = (commonName: string, ...organizations: string[]): CertificateRequest => ({ commonName, organizations, usages: ['client'], lifetimeMs: DAY_MS });
  const etcd = machinesOf(topology, 'etcd').map(({ address }) => address);
  return new Map<string, CertificateRequest>([
    ['etcd', { commonName: 'kube-etcd', dnsNames: ['localhost'], ipAddresses: [...etcd, '127.0.0.1'], usages: ['server', 'client'], lifetimeMs: DAY_MS }],
    ['apiserver-etcd-client', client('kube-apiserver-etcd-client')], ['apiserver-kubelet-client', client('kube-apiserver-kubelet-client', 'system:masters')],
    ['admin', client('kubernetes-admin', 'system:masters')], ['kube-proxy', client('system:kube-proxy')], ['network', client('kubernode:network')],
    ...machinesOf(topology, 'apiserver').map((machine): [string, CertificateRequest] => [machine.name, servingRequest(topology, machine)]),
    ...(['scheduler', 'controller-manager'] as const).flatMap((role) => machinesOf(topology, role).map(({ name }): [string, CertificateRequest] => [name, client(`system:kube-${role}`, replicaGroup(name))])),
    ...machinesOf(topology, 'node').flatMap(({ name, address }): [string, CertificateRequest][] => [
      [name, client(`system:node:${name}`, 'system:nodes')], [`kubelet-${name}`, { commonName: `system:node:${name}`, organizations: ['system:nodes'], dnsNames: [name], ipAddresses: [address], usages: ['server'], lifetimeMs: DAY_MS }],
    ]),
  ]);
}

function servingRequest(topology: Topology, { address }: Machine): CertificateRequest {
  const front = machinesOf(topology, 'load-balancer').map((machine) => machine.address);
  return { commonName: 'kube-apiserver', dnsNames: ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost'], ipAddresses: [address, ...front, '10.96.0.1', '127.0.0.1'], usages: ['server'], lifetimeMs: DAY_MS };
}

/** A serving certificate of an API server that ends (or has ended, where negative) in so many milliseconds. */
export async function replaceServingCertificate(places: Places, topology: Topology, machine: Machine, lifetimeMs: number = DAY_MS): Promise<void> {
  const authority = { certificate: readFileSync(places.pki('ca.crt'), 'utf8'), key: readFileSync(places.pki('ca.key'), 'utf8') };
  const past = Math.max(0, -lifetimeMs) + 1000; // issued before it ended
  const request = { ...servingRequest(topology, machine), lifetimeMs: lifetimeMs < 0 ? 1000 : lifetimeMs };
  writePair(places, machine.name, await issueCertificate(authority, request, { now: systemClock.now() - (lifetimeMs < 0 ? past : 0), rng: systemRng }));
}

function writeKubeconfigs(places: Places, topology: Topology): void {
  const ca = readFileSync(places.pki('ca.crt'), 'utf8');
  const front = machinesOf(topology, 'load-balancer')[0]?.address ?? '';
  const write = (user: string, server: string): void => {
    const client = { certificate: readFileSync(places.pki(`${user}.crt`), 'utf8'), key: readFileSync(places.pki(`${user}.key`), 'utf8') };
    writeKubeconfig(places.kubeconfig(user), buildKubeconfig({ name: 'chaos', user, server, ca, client, ...(server.startsWith('grpcs:') && { tlsServerName: 'localhost' }) }));
  };
  write('admin', `https://${front}:${ports.https}`);
  const components = topology.machines.filter(({ role }) => role === 'scheduler' || role === 'controller-manager' || role === 'node').map(({ name }) => name);
  for (const user of [...components, 'kube-proxy', 'network']) write(user, `grpcs://${front}:${ports.grpc}`);
}

function writePair(places: Places, name: string, pair: KeyPair): void {
  replaceFileSync(places.pki(`${name}.key`), pair.key, { mode: 0o600 });
  replaceFileSync(places.pki(`${name}.crt`), pair.certificate, { mode: 0o644 });
}
