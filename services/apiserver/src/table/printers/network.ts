import type { coreV1, discoveryV1, networkingV1 } from '@kubernode/api';
import { formatGroupResource } from '@kubernode/apimachinery';
import { age, firstOf, labelsText, orNone, selectorText } from '../cell-text.ts';
import { definePrinter, type Printer } from '../printer.ts';

const SHOWN_MAX = 3;

const services = definePrinter<coreV1.Service>({
  group: '', resource: 'services', columns: 'Name! | Type | Cluster-IP | External-IP | Port(s) | Age | Selector+',
  cells: (service, now) => [
    service.metadata.name, service.spec?.type ?? '', service.spec?.clusterIPs?.[0] ?? '<none>', externalAddresses(service), orNone(portsText(service.spec?.ports)),
    age(service.metadata.creationTimestamp, now), labelsText(service.spec?.selector),
  ],
});

function externalAddresses({ spec, status }: Readonly<coreV1.Service>): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP': case 'NodePort': return orNone(external.join(','));
    case 'LoadBalancer': {
      const addresses = [...loadBalancerAddresses(status?.loadBalancer?.ingress), ...external];
      return addresses.length === 0 ? '<pending>' : addresses.join(',');
    }
    case 'ExternalName': return spec.externalName ?? '';
    default: return '<unknown>';
  }
}

function loadBalancerAddresses(ingress: readonly { ip?: string; hostname?: string }[] | undefined): string[] {
  const addresses = (ingress ?? []).map(({ ip, hostname }) => (ip !== undefined && ip !== '' ? ip : hostname ?? '')).filter((address) => address !== '');
  return [...new Set(addresses)].sort();
}

function portsText(ports: readonly coreV1.ServicePort[] | undefined): string {
  return (ports ?? []).map(({ port, nodePort, protocol }) => `${port}${nodePort === undefined || nodePort === 0 ? '' : `:${nodePort}`}/${protocol ?? ''}`).join(',');
}

const endpoints = definePrinter<coreV1.Endpoints>({
  group: '', resource: 'endpoints', columns: 'Name! | Endpoints | Age',
  cells: ({ metadata, subsets }, now) => [metadata.name, endpointsText(subsets ?? []), age(metadata.creationTimestamp, now)],
});

function endpointsText(subsets: readonly coreV1.EndpointSubset[]): string {
  if (subsets.length === 0) return '<none>';
  return firstOf(subsets.flatMap(({ addresses = [], ports = [] }) => (ports.length === 0 ? addresses.map(({ ip }) => ip) : ports.flatMap(({ port }) => addresses.map(({ ip }) => joinHostPort(ip, port))))), SHOWN_MAX);
}

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const endpointSlices = definePrinter<discoveryV1.EndpointSlice>({
  group: 'discovery.k8s.io', resource: 'endpointslices', columns: 'Name! | AddressType | Ports | Endpoints | Age',
  cells: ({ metadata, addressType, ports, endpoints: list }, now) => [
    metadata.name, addressType ?? '', orUnset(firstOf((ports ?? []).map(({ port, name }) => String(port ?? name ?? '*')), SHOWN_MAX)),
    orUnset(firstOf((list ?? []).flatMap(({ addresses }) => addresses ?? []), SHOWN_MAX)), age(metadata.creationTimestamp, now),
  ],
});

function orUnset(text: string): string {
  return text === '' ? '<unset>' : text;
}

const ingresses = definePrinter<networkingV1.Ingress>({
  group: 'networking.k8s.io', resource: 'ingresses', columns: 'Name! | Class | Hosts | Address | Ports | Age',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, spec?.ingressClassName ?? '<none>', hostsText(spec?.rules ?? []), loadBalancerAddresses(status?.loadBalancer?.ingress).join(','),
    (spec?.tls?.length ?? 0) > 0 ? '80, 443' : '80', age(metadata.creationTimestamp, now),
  ],
});

function hostsText(rules: readonly networkingV1.IngressRule[]): string {
  const hosts: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (hosts.length === SHOWN_MAX) more = true;
    else if (host !== undefined && host !== '') hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return more ? `${hosts.join(',')} + ${rules.length - SHOWN_MAX} more...` : hosts.join(',');
}

const ingressClasses = definePrinter<networkingV1.IngressClass>({
  group: 'networking.k8s.io', resource: 'ingressclasses', columns: 'Name! | Controller | Parameters | Age',
  cells: ({ metadata, spec }, now) => [
    metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true' ? `${metadata.name} (default)` : metadata.name,
    spec?.controller ?? '', parametersText(spec?.parameters), age(metadata.creationTimestamp, now),
  ],
});

function parametersText(parameters: networkingV1.IngressClassParametersReference | undefined): string {
  if (parameters === undefined) return '<none>';
  return `${parameters.kind}${parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`}/${parameters.name}`;
}

const networkPolicies = definePrinter<networkingV1.NetworkPolicy>({
  group: 'networking.k8s.io', resource: 'networkpolicies', columns: 'Name! | Pod-Selector | Age',
  cells: ({ metadata, spec }, now) => [metadata.name, selectorText(spec?.podSelector), age(metadata.creationTimestamp, now)],
});

const serviceCidrs = definePrinter<networkingV1.ServiceCIDR>({
  group: 'networking.k8s.io', resource: 'servicecidrs', columns: 'Name! | CIDRs | Age',
  cells: ({ metadata, spec }, now) => [metadata.name, (spec?.cidrs ?? []).join(','), age(metadata.creationTimestamp, now)],
});

/** One cell more than columns, as in Kubernetes. */
const ipAddresses = definePrinter<networkingV1.IPAddress>({
  group: 'networking.k8s.io', resource: 'ipaddresses', columns: 'Name! | ParentRef',
  cells: ({ metadata, spec }, now) => [metadata.name, parentText(spec?.parentRef), age(metadata.creationTimestamp, now)],
});

function parentText(parent: networkingV1.ParentReference | undefined): string {
  if (parent === undefined) return '<none>';
  const resource = formatGroupResource({ group: parent.group ?? '', resource: parent.resource ?? '' }).toLowerCase();
  return [resource, ...(parent.namespace === undefined || parent.namespace === '' ? [] : [parent.namespace]), parent.name ?? ''].join('/');
}

export const networkPrinters: readonly Printer[] = [services, endpoints, endpointSlices, ingresses, ingressClasses, networkPolicies, serviceCidrs, ipAddresses];
