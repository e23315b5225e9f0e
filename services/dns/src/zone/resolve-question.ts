import type { coreV1 } from '@kubernode/api';
import { addressRecords } from './address-records.ts';
import { hostRecords, readyHosts, type EndpointHost } from './endpoint-hosts.ts';
import { reverseAddress } from './reverse-address.ts';
import type { ZoneAnswer, ZoneRecord, ZoneView } from './zone-view.ts';

export interface Question { name: string; type: string }

/** The version of Kubernetes' DNS specification that is served. */
const SPECIFICATION_VERSION = '1.1.0';

/** Answers a question about the cluster's zone by Kubernetes' DNS specification 1.1.0. Pure; names in any case. */
export function resolveQuestion({ name, type }: Question, view: ZoneView): ZoneAnswer {
  const asked = name.toLowerCase().replace(/\.$/, '');
  const address = reverseAddress(asked);
  if (address !== undefined) return type === 'PTR' || type === 'ANY' ? resolveReverse(asked, address, view) : { kind: 'foreign' };
  if (asked === view.domain) return nothing;
  if (!asked.endsWith(`.${view.domain}`)) return { kind: 'foreign' };
  const labels = asked.slice(0, -view.domain.length - 1).split('.');
  const kind = labels.at(-1);
  if (asked === `dns-version.${view.domain}`) return type === 'TXT' ? found([{ name: asked, type: 'TXT', data: SPECIFICATION_VERSION }]) : nothing;
  if (kind === 'svc') return resolveService({ asked, type, labels: labels.slice(0, -1), view });
  if (kind === 'pod') return resolvePod({ asked, type, labels: labels.slice(0, -1), view });
  return { kind: 'notFound' };
}

const nothing: ZoneAnswer = { kind: 'found', records: [] };
const found = (records: readonly ZoneRecord[], additional: readonly ZoneRecord[] = []): ZoneAnswer => ({ kind: 'found', records, ...(additional.length > 0 && { additional }) });

interface Lookup { asked: string; type: string; labels: readonly string[]; view: ZoneView }

/** Below `svc`: NAMESPACE, SERVICE.NAMESPACE, HOST.SERVICE.NAMESPACE, _PORT._PROTOCOL.SERVICE.NAMESPACE. */
function resolveService({ asked, type, labels, view }: Lookup): ZoneAnswer {
  const namespace = labels.at(-1);
  if (namespace === undefined) return nothing;
  const name = labels.at(-2);
  if (name === undefined) return view.namespaceExists(namespace) ? nothing : { kind: 'notFound' };
  const service = view.service(namespace, name);
  if (!service) return { kind: 'notFound' };
  if (service.spec?.type === 'ExternalName') return labels.length === 2 ? found([{ name: asked, type: 'CNAME', data: service.spec.externalName ?? '' }]) : { kind: 'notFound' };
  const below = labels.slice(0, -2);
  const hosts = isHeadless(service) ? readyHosts(view.slices(namespace, name), service.spec?.publishNotReadyAddresses === true) : [];
  const [first, second] = below;
  if (first === undefined) return resolveServiceName({ asked, type, service, hosts });
  if (first.startsWith('_') && second?.startsWith('_') === true && below.length === 2) return resolveServicePort({ asked, type, port: first.slice(1), protocol: second.slice(1), service, hosts, view });
  const host = below.length === 1 ? hosts.filter((one) => one.hostname === first) : [];
  return host.length === 0 ? { kind: 'notFound' } : found(hostRecords(asked, type, host));
}

function resolveServiceName({ asked, type, service, hosts }: { asked: string; type: string; service: Readonly<coreV1.Service>; hosts: readonly EndpointHost[] }): ZoneAnswer {
  if (isHeadless(service)) {
    if (hosts.length === 0) return { kind: 'notFound' };
    return type === 'SRV' ? found(hosts.flatMap((host) => host.ports.map((port) => srv(asked, port.port, `${host.hostname}.${asked}`)))) : found(hostRecords(asked, type, hosts));
  }
  if (type === 'SRV') return found((service.spec?.ports ?? []).map((port) => srv(asked, port.port, asked)));
  return found(addressRecords(asked, type, clusterIps(service)));
}

function resolveServicePort({ asked, type, port, protocol, service, hosts, view }: { asked: string; type: string; port: string; protocol: string; service: Readonly<coreV1.Service>; hosts: readonly EndpointHost[]; view: ZoneView }): ZoneAnswer {
  const base = `${service.metadata.name}.${service.metadata.namespace ?? ''}.svc.${view.domain}`;
  const matches = (one: { name?: string | undefined; protocol?: string | undefined }): boolean => one.name === port && (one.protocol ?? 'TCP').toLowerCase() === protocol;
  if (isHeadless(service)) {
    const pairs = hosts.flatMap((host) => host.ports.filter(matches).map((one) => ({ host, port: one.port })));
    if (pairs.length === 0) return { kind: 'notFound' };
    if (type !== 'SRV' && type !== 'ANY') return nothing;
    return found(pairs.map((pair) => srv(asked, pair.port, `${pair.host.hostname}.${base}`)), pairs.flatMap((pair) => hostRecords(`${pair.host.hostname}.${base}`, 'ANY', [pair.host])));
  }
  const ports = (service.spec?.ports ?? []).filter(matches);
  if (ports.length === 0) return { kind: 'notFound' };
  if (type !== 'SRV' && type !== 'ANY') return nothing;
  return found(ports.map((one) => srv(asked, one.port, base)), addressRecords(base, 'ANY', clusterIps(service)));
}

/** Below `pod`: NAMESPACE, A-B-C-D.NAMESPACE. The address is in the name, so no pod is looked up, as CoreDNS does by default. */
function resolvePod({ asked, type, labels, view }: Lookup): ZoneAnswer {
  const [dashed, namespace] = labels.length === 2 ? labels : [undefined, labels.at(-1)];
  if (namespace === undefined) return nothing;
  if (labels.length > 2 || !view.namespaceExists(namespace)) return { kind: 'notFound' };
  if (dashed === undefined) return nothing;
  const address = /^\d{1,3}(-\d{1,3}){3}$/.test(dashed) ? dashed.replaceAll('-', '.') : /^[0-9a-f-]+$/.test(dashed) && dashed.includes('-') ? dashed.replaceAll('-', ':') : undefined;
  return address === undefined ? { kind: 'notFound' } : found(addressRecords(asked, type, [address]));
}

function resolveReverse(asked: string, address: string, view: ZoneView): ZoneAnswer {
  const service = view.serviceByAddress(address);
  if (service) return found([{ name: asked, type: 'PTR', data: `${service.metadata.name}.${service.metadata.namespace ?? ''}.svc.${view.domain}` }]);
  const names = view.slicesByAddress(address).flatMap((slice) => {
    const serviceName = slice.metadata.labels?.['kubernetes.io/service-name'];
    const hosts = readyHosts([slice], true).filter((host) => host.address === address);
    return serviceName === undefined ? [] : hosts.map((host) => `${host.hostname}.${serviceName}.${slice.metadata.namespace ?? ''}.svc.${view.domain}`);
  });
  return names.length > 0 ? found([...new Set(names)].map((data) => ({ name: asked, type: 'PTR', data }))) : { kind: 'foreign' };
}

function isHeadless(service: Readonly<coreV1.Service>): boolean {
  return service.spec?.clusterIP === 'None';
}

function clusterIps(service: Readonly<coreV1.Service>): readonly string[] {
  const { clusterIPs, clusterIP } = service.spec ?? {};
  return clusterIPs ?? (clusterIP === undefined || clusterIP === '' ? [] : [clusterIP]);
}

function srv(name: string, port: number, target: string): ZoneRecord {
  return { name, type: 'SRV', data: { priority: 0, weight: 100, port, target } };
}
