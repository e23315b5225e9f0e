import type { coreV1, discoveryV1 } from '@kubernode/api';
import type { Rng } from '@kubernode/base';
import { serviceUnavailable, type KubeObject } from '@kubernode/apimachinery';
import type { ObjectSource, ObjectSources } from '../endpoints/endpoint.ts';

export interface ServiceReference { namespace: string; name: string; port: number }
export interface ServerAddress { host: string; port: number }

/** Where a service is reached just now. Throws an Error that says why it is not, in Kubernetes' words. */
export type ResolveService = (service: ServiceReference) => ServerAddress;

type Service = coreV1.Service & KubeObject;
type EndpointSlice = discoveryV1.EndpointSlice & KubeObject;

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
const WITH_CLUSTER_IP: ReadonlySet<string> = new Set(['ClusterIP', 'LoadBalancer', 'NodePort']);

/** By the service's own address, which the proxy of this server's host has to know. */
export function clusterIpResolver(sources: ObjectSources): ResolveService {
  const services = sources<Service>({ group: '', resource: 'services' });
  return ({ namespace, name, port }) => {
    const { spec = {} } = findService(services, namespace, name);
    const { type = 'ClusterIP', clusterIP = '', externalName = '' } = spec;
    if (type === 'ClusterIP' && clusterIP === 'None') throw new Error('cannot route to service with ClusterIP "None"');
    if (type === 'ExternalName') return { host: externalName, port };
    if (!WITH_CLUSTER_IP.has(type)) throw new Error(`unsupported service type ${JSON.stringify(type)}`);
    return { host: clusterIP, port: findPort(name, spec, port).port };
  };
}

/** By one of the service's ready endpoints, for hosts without a proxy. */
export function endpointResolver(sources: ObjectSources, rng: Rng): ResolveService {
  const services = sources<Service>({ group: '', resource: 'services' });
  const slices = sources<EndpointSlice>({ group: 'discovery.k8s.io', resource: 'endpointslices' });
  return ({ namespace, name, port }) => {
    const { spec = {} } = findService(services, namespace, name);
    const { type = 'ClusterIP', ipFamilies: [family = ''] = [] } = spec;
    if (!WITH_CLUSTER_IP.has(type)) throw new Error(`unsupported service type ${JSON.stringify(type)}`);
    const { name: portName = '' } = findPort(name, spec, port);
    const candidates = slicesOf(slices, namespace, name).flatMap((slice) => readyAddresses(slice, portName));
    const preferred = candidates.filter(({ addressType }) => addressType === family);
    const choice = preferred.length > 0 ? preferred : candidates;
    const chosen = choice[Math.floor(rng.next() * choice.length)];
    if (chosen === undefined) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
    return { host: chosen.host, port: chosen.port };
  };
}

export function slicesOf(slices: ObjectSource<EndpointSlice>, namespace: string, name: string): Readonly<EndpointSlice>[] {
  return [...slices.list(namespace)].filter(({ metadata }) => metadata.labels?.[SERVICE_NAME_LABEL] === name);
}

export function readyAddresses({ addressType, endpoints = [], ports = [] }: Readonly<EndpointSlice>, portName: string): (ServerAddress & { addressType: string })[] {
  const port = ports.find(({ name = '', port: number }) => name === portName && number !== undefined)?.port;
  if (port === undefined) return [];
  return endpoints.filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses: [host] }) => (host === undefined ? [] : [{ host, port, addressType }]));
}

function findService(services: ObjectSource<Service>, namespace: string, name: string): Readonly<Service> {
  const service = services.get(namespace, name);
  if (service === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  return service;
}

function findPort(name: string, { ports = [] }: coreV1.ServiceSpec, port: number): coreV1.ServicePort {
  const found = ports.find((one) => one.port === port);
  if (found === undefined) throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return found;
}
