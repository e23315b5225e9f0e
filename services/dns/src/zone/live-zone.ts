import { coreV1Resources, discoveryV1Resources, type coreV1, type discoveryV1 } from '@kubernode/api';
import type { InformerFactory } from '@kubernode/client';
import type { ZoneView } from './zone-view.ts';

const BY_SERVICE = 'dns-by-service';
const BY_ADDRESS = 'dns-by-address';
const BY_CLUSTER_IP = 'dns-by-cluster-ip';

/** The zone over the caches of a factory; each question reads what they have at that moment. */
export function createLiveZone(informers: InformerFactory, domain: string): ZoneView {
  const services = informers.informer(coreV1Resources.services, { indexes: { [BY_CLUSTER_IP]: clusterIpsOf } }).lister;
  const slices = informers.informer(discoveryV1Resources.endpointslices, { indexes: { [BY_SERVICE]: serviceKeyOf, [BY_ADDRESS]: namedAddressesOf } }).lister;
  const namespaces = informers.informer(coreV1Resources.namespaces).lister;
  return {
    domain,
    service: (namespace, name) => services.get(`${namespace}/${name}`),
    slices: (namespace, service) => slices.byIndex(BY_SERVICE, `${namespace}/${service}`),
    namespaceExists: (name) => namespaces.get(name) !== undefined,
    serviceByAddress: (address) => services.byIndex(BY_CLUSTER_IP, address)[0],
    slicesByAddress: (address) => slices.byIndex(BY_ADDRESS, address),
  };
}

function clusterIpsOf(service: Readonly<coreV1.Service>): string[] {
  return [...(service.spec?.clusterIPs ?? [])].filter((ip) => ip !== 'None');
}

function serviceKeyOf(slice: Readonly<discoveryV1.EndpointSlice>): string[] {
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  return service === undefined ? [] : [`${slice.metadata.namespace ?? ''}/${service}`];
}

/** Only endpoints with a hostname, and those of headless services, have a name of their own to answer with. */
function namedAddressesOf(slice: Readonly<discoveryV1.EndpointSlice>): string[] {
  const headless = slice.metadata.labels?.['service.kubernetes.io/headless'] !== undefined;
  return (slice.endpoints ?? []).filter((endpoint) => headless || endpoint.hostname !== undefined).flatMap((endpoint) => endpoint.addresses);
}
