import { parseIp } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { RecordType } from '../wire/record-type.ts';
import type { WireRecord } from '../wire/write-answer.ts';
import { addressRecords, TTL_SECONDS } from './address-records.ts';
import { readyHosts, type EndpointHost } from './endpoint-hosts.ts';
import { reverseAddress } from './reverse-address.ts';
import { nameServerName, startOfAuthority } from './zone-authority.ts';
import type { ZoneAnswer, ZoneView } from './zone-view.ts';

/** A name in lower case without the dot at its end, and the number of a type. */
export interface Question { name: string; type: number }

/** The version of Kubernetes' DNS specification that is served. */
const SPECIFICATION_VERSION = '1.1.0';
const VERSION_TTL_SECONDS = 28_800;

/** Answers a question about the cluster's zone by Kubernetes' DNS specification 1.1.0, and where that is silent as CoreDNS does. Pure. */
export function resolveQuestion({ name, type }: Question, view: ZoneView): ZoneAnswer {
  if (name.endsWith('.arpa')) {
    const address = reverseAddress(name);
    if (address !== undefined) return type === RecordType.PTR ? resolveReverse(name, address, view) : foreign;
  }
  if (name === view.domain) return resolveApex(type, view);
  if (!name.endsWith(`.${view.domain}`)) return foreign;
  const labels = name.slice(0, -view.domain.length - 1).split('.');
  const kind = labels.pop();
  if (kind === 'svc') return resolveService({ name, type, labels, view });
  if (kind === 'pod') return resolvePod({ name, type, labels, view });
  if (kind === 'dns-version' && labels.length === 0) return type === RecordType.TXT ? found([{ name, ttl: VERSION_TTL_SECONDS, type: 'TXT', text: SPECIFICATION_VERSION }]) : nothing;
  if (kind === 'dns' && labels.length === 1 && labels[0] === 'ns') return found(addressRecords(name, type, nameServerAddresses(view)));
  return notFound;
}

const nothing: ZoneAnswer = { kind: 'found', records: [] };
const notFound: ZoneAnswer = { kind: 'notFound' };
const foreign: ZoneAnswer = { kind: 'foreign' };
const found = (records: readonly WireRecord[], additional: readonly WireRecord[] = []): ZoneAnswer => ({ kind: 'found', records, ...(additional.length > 0 && { additional }) });

interface Lookup { name: string; type: number; labels: readonly string[]; view: ZoneView }

function resolveApex(type: number, view: ZoneView): ZoneAnswer {
  if (type === RecordType.SOA) return found([startOfAuthority(view.domain)]);
  if (type !== RecordType.NS) return nothing;
  const target = nameServerName(view.domain);
  return found([{ name: view.domain, ttl: TTL_SECONDS, type: 'NS', target }], addressRecords(target, 'both', nameServerAddresses(view)));
}

/** This server as pods know it. */
function nameServerAddresses(view: ZoneView): readonly string[] {
  const service = view.service('kube-system', 'kube-dns');
  return service === undefined ? [] : clusterIps(service);
}

/** Below `svc`: NAMESPACE, SERVICE.NAMESPACE, HOST.SERVICE.NAMESPACE, _PORT._PROTOCOL.SERVICE.NAMESPACE. */
function resolveService({ name, type, labels, view }: Lookup): ZoneAnswer {
  const namespace = labels.at(-1);
  if (namespace === undefined) return nothing;
  const serviceName = labels.at(-2);
  if (serviceName === undefined) return view.namespaceExists(namespace) ? nothing : notFound;
  const service = labels.length > 4 ? undefined : view.service(namespace, serviceName);
  if (!service) return notFound;
  if (service.spec?.type === 'ExternalName') return labels.length === 2 ? resolveExternal(name, type, service.spec.externalName ?? '') : notFound;
  const base = labels.length === 2 ? name : `${serviceName}.${namespace}.svc.${view.domain}`;
  const [first = '', second = ''] = labels.slice(0, -2);
  const byHost = labels.length === 3;
  const hosts = isHeadless(service) || byHost ? readyHosts(view.slices(namespace, serviceName), service.spec?.publishNotReadyAddresses === true) : undefined;
  const wanted = labels.length === 4 ? { port: withoutUnderscore(first), protocol: withoutUnderscore(second) } : undefined;
  const leads = hosts === undefined ? leadsOfService(service, base, wanted) : leadsOfHosts(byHost ? hosts.filter(({ hostname }) => hostname.toLowerCase() === first) : hosts, base, wanted);
  if (leads.length === 0) return notFound;
  return type === RecordType.SRV ? serviceRecords(name, leads) : found(addressRecords(name, type, leads.flatMap(({ addresses }) => addresses)));
}

/** A name with addresses behind it, and the port there; 0 for an endpoint without ports. */
interface Lead { target: string; addresses: readonly string[]; port: number }
type WantedPort = { port: string; protocol: string } | undefined;

function leadsOfService(service: Readonly<coreV1.Service>, target: string, wanted: WantedPort): Lead[] {
  return (service.spec?.ports ?? [{ port: 0 }]).filter((port) => isWanted(port, wanted)).map(({ port }) => ({ target, addresses: clusterIps(service), port }));
}

function leadsOfHosts(hosts: readonly EndpointHost[], base: string, wanted: WantedPort): Lead[] {
  return hosts.flatMap(({ hostname, address, ports }) => (ports.length === 0 ? [{ port: 0 }] : ports).filter((port) => isWanted(port, wanted)).map(({ port }) => ({ target: `${hostname.toLowerCase()}.${base}`, addresses: [address], port })));
}

function isWanted(port: { name?: string | undefined; protocol?: string | undefined }, wanted: WantedPort): boolean {
  return wanted === undefined || ((wanted.port === '' || port.name === wanted.port) && (wanted.protocol === '' || (port.protocol ?? 'TCP').toLowerCase() === wanted.protocol));
}

/** SRV records share the weight of 100; the addresses of their targets come along. */
function serviceRecords(name: string, leads: readonly Lead[]): ZoneAnswer {
  const served = [...new Map(leads.filter(({ port }) => port > 0).map((lead) => [`${lead.target} ${lead.port}`, lead])).values()];
  const weight = Math.floor(100 / served.length);
  const targets = new Map<string, Set<string>>();
  for (const { target, addresses } of leads) targets.set(target, new Set([...targets.get(target) ?? [], ...addresses]));
  return found(
    served.map(({ target, port }) => ({ name, ttl: TTL_SECONDS, type: 'SRV', priority: 0, weight, port, target })),
    served.length === 0 ? [] : [...targets].flatMap(([target, addresses]) => addressRecords(target, 'both', [...addresses])),
  );
}

/** A name for another; an address in its place is none. */
function resolveExternal(name: string, type: number, externalName: string): ZoneAnswer {
  if (externalName === '' || parseIp(externalName) !== undefined) return notFound;
  if (type === RecordType.SRV) return nothing;
  const target = externalName.toLowerCase().replace(/\.$/, '');
  const records: WireRecord[] = [{ name, ttl: TTL_SECONDS, type: 'CNAME', target }];
  return type === RecordType.A || type === RecordType.AAAA ? { kind: 'alias', records, target } : found(type === RecordType.CNAME ? records : []);
}

/** Below `pod`: NAMESPACE, A-B-C-D.NAMESPACE. The address is in the name, so no pod is looked up, as with kubeadm's `pods insecure`. */
function resolvePod({ name, type, labels, view }: Lookup): ZoneAnswer {
  const namespace = labels.at(-1);
  if (namespace === undefined) return nothing;
  if (!view.namespaceExists(namespace) || labels.length > 2) return notFound;
  const [dashed] = labels;
  if (dashed === undefined || labels.length === 1) return nothing;
  const address = dashed.split('-').length === 4 && !dashed.includes('--') ? dashed.replaceAll('-', '.') : dashed.replaceAll('-', ':');
  return parseIp(address) === undefined ? notFound : found(addressRecords(name, type, [address]));
}

function resolveReverse(name: string, address: string, view: ZoneView): ZoneAnswer {
  const service = view.serviceByAddress(address);
  const pointer = (target: string): WireRecord => ({ name, ttl: TTL_SECONDS, type: 'PTR', target });
  if (service) return found([pointer(`${service.metadata.name}.${service.metadata.namespace ?? ''}.svc.${view.domain}`)]);
  const names = view.slicesByAddress(address).flatMap((slice) => {
    const serviceName = slice.metadata.labels?.['kubernetes.io/service-name'];
    const hosts = readyHosts([slice], true).filter((host) => host.address === address);
    return serviceName === undefined ? [] : hosts.map((host) => `${host.hostname}.${serviceName}.${slice.metadata.namespace ?? ''}.svc.${view.domain}`);
  });
  return names.length > 0 ? found([...new Set(names)].map(pointer)) : foreign;
}

function isHeadless(service: Readonly<coreV1.Service>): boolean {
  return service.spec?.clusterIP === 'None';
}

function clusterIps(service: Readonly<coreV1.Service>): readonly string[] {
  const { clusterIPs, clusterIP } = service.spec ?? {};
  return clusterIPs ?? (clusterIP === undefined || clusterIP === '' ? [] : [clusterIP]);
}

const withoutUnderscore = (label: string): string => (label.startsWith('_') ? label.slice(1) : label);
