import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorMessage } from '@kubernode/base';
import { type CertificateRequest, createAuthority, issueCertificate, type IssueOptions, type KeyPair, replaceFileSync, UserError } from '@kubernode/component-base';
import { hostAddresses } from '../host/host-address.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import { nodePlaces } from './node-place.ts';

const DAY_MS = 86_400_000;
const CA_LIFETIME_MS = 3650 * DAY_MS;
const LEAF_LIFETIME_MS = 365 * DAY_MS;
/** A leaf with less than this left is made anew by `up`. */
const RENEW_BEFORE_MS = 90 * DAY_MS;

/** Under it API servers name users to those behind them. Its authority vouches for nothing else: whoever it vouches for may be anybody. */
export const FRONT_PROXY_CLIENT = 'front-proxy-client';

/** Every leaf of a cluster by file name, as Kubernetes' own tools name them. */
export function certificateRequests(config: ClusterConfig, nodeNames: readonly string[]): ReadonlyMap<string, CertificateRequest> {
  const lifetimeMs = LEAF_LIFETIME_MS;
  const client = (commonName: string, ...organizations: string[]): CertificateRequest => ({ commonName, organizations, usages: ['client'], lifetimeMs });
  const addresses = [...new Set(['127.0.0.1', '::1', firstServiceAddress(config.serviceCidr), ...hostAddresses()])];
  const places = nodePlaces(config, '127.0.0.1');
  const server = (commonName: string, ...dnsNames: string[]): CertificateRequest => ({ commonName, dnsNames: [...new Set([...dnsNames, 'localhost', hostname()])], ipAddresses: addresses, usages: ['server', 'client'], lifetimeMs });
  return new Map<string, CertificateRequest>([
    ['apiserver', server('kube-apiserver', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${config.clusterDomain}`)],
    ['apiserver-kubelet-client', client('kube-apiserver-kubelet-client', 'kubeadm:cluster-admins', 'system:masters')],
    ['apiserver-etcd-client', client('kube-apiserver-etcd-client')],
    [FRONT_PROXY_CLIENT, client(FRONT_PROXY_CLIENT)],
    ['etcd', server('kube-etcd')],
    ['admin', client('kubernetes-admin', 'system:masters')],
    ['scheduler', client('system:kube-scheduler')],
    ['controller-manager', client('system:kube-controller-manager')],
    ['kube-proxy', client('system:kube-proxy')],
    ['dns', client('kubernode:dns')],
    ['network', client('kubernode:network')],
    ['simulated-nodes', client('kubernode:simulated-nodes', 'system:masters')],
    ...nodeNames.flatMap((name, node): [string, CertificateRequest][] => [
      [`node-${name}`, client(`system:node:${name}`, 'system:nodes')],
      [`kubelet-${name}`, { ...server(`system:node:${name}`, name), organizations: ['system:nodes'], ipAddresses: [...new Set([...addresses, places[node]?.address ?? '127.0.0.1'])] }],
    ]),
  ]);
}

/** Makes what is missing or near its end; never touches a valid file. Returns the names that were made. */
export async function ensureCertificates({ layout, config, nodeNames, options }: { layout: Layout; config: ClusterConfig; nodeNames: readonly string[]; options: IssueOptions }): Promise<readonly string[]> {
  const made: string[] = [];
  const authorityOf = async (file: string, commonName: string): Promise<KeyPair> => {
    const present = readPair(layout, file);
    if (present) return present;
    const authority = await createAuthority({ commonName, lifetimeMs: CA_LIFETIME_MS }, options);
    writePair(layout, file, authority);
    made.push(file);
    return authority;
  };
  const [authority, frontProxies] = [await authorityOf('ca', 'kubernetes'), await authorityOf('front-proxy-ca', 'front-proxy-ca')];
  for (const [name, request] of certificateRequests(config, nodeNames)) {
    const issuer = name === FRONT_PROXY_CLIENT ? frontProxies : authority;
    const present = readPair(layout, name);
    if (present && stillGood(present, issuer, request, options.now)) continue;
    writePair(layout, name, await issueCertificate(issuer, request, options));
    made.push(name);
  }
  if (!existsSync(layout.pki('sa.key'))) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    replaceFileSync(layout.pki('sa.key'), privateKey, { mode: 0o600 });
    replaceFileSync(layout.pki('sa.pub'), publicKey, { mode: 0o644 });
    made.push('sa');
  }
  return made;
}

/** A pair from the folder; undefined when there is none, UserError when it is there and cannot be read. */
export function readPair(layout: Layout, name: string): KeyPair | undefined {
  const [certFile, keyFile] = [layout.pki(`${name}.crt`), layout.pki(`${name}.key`)];
  if (!existsSync(certFile) && !existsSync(keyFile)) return undefined;
  try {
    const pair = { certificate: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    new X509Certificate(pair.certificate); // throws when it is not one
    return pair;
  } catch (error) {
    throw new UserError(`cannot read the certificate ${certFile} with its key: ${errorMessage(error)}; restore both files, or remove both and run 'kubernode up' again to have new ones made`);
  }
}

function writePair(layout: Layout, name: string, pair: KeyPair): void {
  replaceFileSync(layout.pki(`${name}.key`), pair.key, { mode: 0o600 });
  replaceFileSync(layout.pki(`${name}.crt`), pair.certificate, { mode: 0o644 });
}

function stillGood(pair: KeyPair, authority: KeyPair, request: CertificateRequest, now: number): boolean {
  const certificate = new X509Certificate(pair.certificate);
  const issuer = new X509Certificate(authority.certificate);
  const lasts = Date.parse(certificate.validTo) - now > RENEW_BEFORE_MS && Date.parse(certificate.validFrom) <= now;
  const names = certificate.subjectAltName ?? '';
  const covers = (request.ipAddresses ?? []).every((ip) => certificate.checkIP(ip) !== undefined) && (request.dnsNames ?? []).every((dns) => names.includes(`DNS:${dns}`));
  return lasts && covers && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** `10.96.0.0/12` → `10.96.0.1`: the address of the service `kubernetes`. */
export function firstServiceAddress(cidr: string): string {
  const octets = (cidr.split('/')[0] ?? '').split('.').map(Number);
  return [...octets.slice(0, 3), (octets[3] ?? 0) + 1].join('.');
}
