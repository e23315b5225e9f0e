import type { coreV1, discoveryV1 } from '@kubernode/api';
import type { ServicePort } from './service-port.ts';

export interface TopologyInput {
  services: readonly Readonly<coreV1.Service>[];
  slices: readonly Readonly<discoveryV1.EndpointSlice>[];
  nodeName: string;
}

type Slices = readonly Readonly<discoveryV1.EndpointSlice>[];

/** All ports of all services that this node forwards, in a stable order. Pure. */
export function servicePorts({ services, slices, nodeName }: TopologyInput): readonly ServicePort[] {
  const slicesOf = new Map<string, Readonly<discoveryV1.EndpointSlice>[]>();
  for (const slice of slices) {
    const service = slice.metadata.labels?.['kubernetes.io/service-name'];
    if (service === undefined || slice.addressType !== 'IPv4') continue;
    const key = `${slice.metadata.namespace ?? ''}/${service}`;
    const known = slicesOf.get(key);
    if (known) known.push(slice); else slicesOf.set(key, [slice]);
  }
  return services.filter(isForwarded).flatMap((service) => portsOf(service, slicesOf.get(`${service.metadata.namespace ?? ''}/${service.metadata.name}`) ?? [], nodeName)).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.protocol < b.protocol ? -1 : 1));
}

/** Not headless, not a mere name, and not another proxy's. */
function isForwarded(service: Readonly<coreV1.Service>): boolean {
  const { clusterIP, type } = service.spec ?? {};
  return type !== 'ExternalName' && clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None' && !clusterIP.includes(':') && service.metadata.labels?.['service.kubernetes.io/service-proxy-name'] === undefined;
}

function portsOf(service: Readonly<coreV1.Service>, slices: Slices, nodeName: string): ServicePort[] {
  const spec = service.spec ?? {};
  const base = `${service.metadata.namespace ?? ''}/${service.metadata.name}`;
  const affinitySeconds = spec.sessionAffinity === 'ClientIP' ? spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800 : 0;
  return (spec.ports ?? []).map((port) => {
    const endpoints = endpointsOf(slices, port.name ?? '');
    return {
      name: port.name === undefined || port.name === '' ? base : `${base}:${port.name}`,
      protocol: (port.protocol ?? 'TCP').toLowerCase() as ServicePort['protocol'], // validated by the API server
      clusterIp: spec.clusterIP ?? '', port: port.port, nodePort: port.nodePort ?? 0, affinitySeconds,
      externalIps: (spec.externalIPs ?? []).filter(isIpv4),
      loadBalancerIps: (service.status?.loadBalancer?.ingress ?? []).filter((one) => one.ipMode !== 'Proxy').flatMap((one) => (one.ip !== undefined && isIpv4(one.ip) ? [one.ip] : [])),
      internalLocal: spec.internalTrafficPolicy === 'Local', externalLocal: spec.externalTrafficPolicy === 'Local',
      endpoints: usable(endpoints), localEndpoints: usable(endpoints.filter((one) => one.nodeName === nodeName)),
    };
  });
}

const isIpv4 = (address: string): boolean => !address.includes(':');

interface Endpoint { address: string; nodeName: string | undefined; ready: boolean; servingAtEnd: boolean }

function endpointsOf(slices: Slices, portName: string): Endpoint[] {
  return slices.flatMap((slice) => {
    const port = (slice.ports ?? []).find((one) => (one.name ?? '') === portName)?.port;
    if (port === undefined) return [];
    return (slice.endpoints ?? []).map((endpoint) => ({
      address: `${endpoint.addresses[0] ?? ''}:${port}`, nodeName: endpoint.nodeName,
      ready: endpoint.conditions?.ready !== false,
      servingAtEnd: endpoint.conditions?.serving === true && endpoint.conditions.terminating === true,
    }));
  });
}

/** The ready ones; where there are none, those that still serve while they end (Kubernetes' KEP-1669). */
function usable(endpoints: readonly Endpoint[]): readonly string[] {
  const ready = endpoints.filter((one) => one.ready);
  return [...new Set((ready.length > 0 ? ready : endpoints.filter((one) => one.servingAtEnd)).map((one) => one.address))].sort();
}
