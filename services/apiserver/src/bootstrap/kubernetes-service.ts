import { isIPv6 } from 'node:net';
import type { coreV1, discoveryV1 } from '@kubernode/api';
import { isAlreadyExists, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { createObjectStore, type ObjectStore, type StorageBackend } from '@kubernode/storage';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { addressRange, numberToAddress } from '../registry/core/service/address-range.ts';
import type { ServiceAllocation } from '../registry/core/service/service-allocation.ts';
import { encodeForStore } from '../registry/write/encode-object.ts';
import { jsonEquals } from '../registry/write/json-equals.ts';

const OWN = { namespace: 'default', name: 'kubernetes' };
const SERVICES = { group: '', resource: 'services' };
const ENDPOINTS = { group: '', resource: 'endpoints' };
const SLICES = { group: 'discovery.k8s.io', resource: 'endpointslices' };
/** One key a replica, which vanishes with it. Kubernetes' own place, so that both may serve one cluster for a while. */
const LEASES_PREFIX = '/registry/masterleases/';
const LEASE_SECONDS = 15;
const REFRESH_MS = 10_000;
const RETRY_MS = 1_000;

export interface KubernetesServiceParts {
  backend: StorageBackend;
  writer: ObjectWriter;
  allocation: ServiceAllocation;
  /** The service gets the first address of the first range. */
  cidrs: readonly string[];
  /** Where members of the cluster reach this server. */
  address: string;
  port: number;
  /** Whether it is a load balancer's before all replicas, and so the one that clients need. */
  isPortShared: boolean;
  clock: Clock;
  logger: Logger;
}

/** Keeps the service by which pods find the API: default/kubernetes, whose endpoints are the replicas that are alive. */
export async function runKubernetesService(parts: KubernetesServiceParts, signal: AbortSignal): Promise<void> {
  const { backend, clock, logger, address } = parts;
  const leases = createObjectStore({ backend, prefix: LEASES_PREFIX, resource: { group: '', resource: 'endpoints' }, attributesOf: () => ({ labels: {}, fields: {} }) });
  while (!signal.aborted) {
    let waitMs = REFRESH_MS;
    try {
      await renewLease(leases, address, clock);
      await ensureService(parts);
      await ensureEndpoints(parts, await addressesOf(leases));
    } catch (error) {
      if (signal.aborted && isAbortError(error)) break;
      logger.warn('could not keep the kubernetes service', { error: errorMessage(error) });
      waitMs = RETRY_MS;
    }
    await clock.sleep(waitMs, { signal }).catch(() => undefined); // the loop's condition sees the abort
  }
  await leave(leases, parts).catch((error: unknown) => { logger.warn('could not leave the kubernetes service; it forgets this server by itself', { error: errorMessage(error) }); });
}

async function leave(leases: ObjectStore, parts: KubernetesServiceParts): Promise<void> {
  await leases.update(parts.address, (current) => (current === undefined ? { kind: 'unchanged' } : { kind: 'delete' }), {});
  const others = await addressesOf(leases);
  if (others.length > 0) await ensureEndpoints(parts, others); // the last one leaves things as they are, for its return
}

async function renewLease(leases: ObjectStore, address: string, clock: Clock): Promise<void> {
  const lease = { kind: 'Endpoints', apiVersion: 'v1', metadata: { name: address, generation: clock.now() }, subsets: [{ addresses: [{ ip: address }] }] };
  await leases.update(address, () => ({ kind: 'write', bytes: encodeForStore(lease), ttlSeconds: LEASE_SECONDS }), {});
}

async function addressesOf(leases: ObjectStore): Promise<string[]> {
  const { items } = await leases.list({ keyPrefix: '', limit: 0, freshness: { kind: 'consistent' } });
  return items.map(({ key }) => key).sort();
}

async function ensureService({ writer, allocation, cidrs, port }: KubernetesServiceParts): Promise<void> {
  const range = cidrs.map(addressRange).find((one) => one !== undefined);
  if (range === undefined || await writer.get(SERVICES, OWN.namespace, OWN.name) !== undefined) return;
  const clusterIP = numberToAddress(range.first, range.family);
  if (!await allocation.takeIp(clusterIP, OWN)) throw new Error(`the address ${clusterIP} of the kubernetes service belongs to another one`);
  const service: coreV1.Service & KubeObject = {
    kind: 'Service', apiVersion: 'v1', metadata: { ...OWN, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }], clusterIP, clusterIPs: [clusterIP], type: 'ClusterIP', sessionAffinity: 'None',
      ipFamilies: [range.family], ipFamilyPolicy: 'SingleStack', internalTrafficPolicy: 'Cluster',
    },
  };
  await createUnlessThere(writer, SERVICES, service);
}

async function ensureEndpoints({ writer, port, isPortShared, logger }: KubernetesServiceParts, addresses: readonly string[]): Promise<void> {
  const endpoints = await writer.get<coreV1.Endpoints & KubeObject>(ENDPOINTS, OWN.namespace, OWN.name);
  const ports = !isPortShared && endpoints?.subsets?.length === 1 ? endpoints.subsets[0]?.ports : undefined; // what the first replica said holds for all
  const wanted = endpointsFor(addresses, ports ?? [{ name: 'https', port, protocol: 'TCP' }]);
  const slice = sliceFor(wanted);
  if (endpoints === undefined) await createUnlessThere(writer, ENDPOINTS, wanted);
  else if (!sameBut(endpoints, wanted)) {
    logger.info('the kubernetes service has other endpoints now', { addresses: addresses.join(',') });
    await writer.update<coreV1.Endpoints & KubeObject>(ENDPOINTS, OWN, (current) => ({ ...current, ...wanted, metadata: { ...current.metadata, labels: { ...current.metadata.labels, ...wanted.metadata.labels } } }));
  }
  const current = await writer.get(SLICES, OWN.namespace, OWN.name);
  if (current === undefined) await createUnlessThere(writer, SLICES, slice);
  else if (!sameBut(current, slice)) {
    await writer.update<KubeObject>(SLICES, OWN, (old) => ({ ...old, ...slice, metadata: { ...old.metadata, labels: slice.metadata.labels ?? {} } }));
  }
}

/** Pure. */
export function endpointsFor(addresses: readonly string[], ports: coreV1.EndpointPort[]): coreV1.Endpoints & KubeObject {
  return {
    kind: 'Endpoints', apiVersion: 'v1', metadata: { ...OWN, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }],
  };
}

/** The slice that says the same as the endpoints. Pure. */
export function sliceFor({ subsets }: Readonly<coreV1.Endpoints>): discoveryV1.EndpointSlice & KubeObject {
  const [{ addresses = [], ports = [] } = {}] = subsets ?? [];
  const ipv6 = addresses.length > 0 && addresses.every(({ ip }) => isIPv6(ip));
  return {
    kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', metadata: { ...OWN, labels: { 'kubernetes.io/service-name': OWN.name } },
    addressType: ipv6 ? 'IPv6' : 'IPv4',
    endpoints: addresses.filter(({ ip }) => isIPv6(ip) === ipv6).map(({ ip }) => ({ addresses: [ip], conditions: { ready: true } })),
    ports: ports.map(({ name = '', port, protocol = 'TCP' }) => ({ name, port, protocol })),
  };
}

/** Equal but for metadata other than labels. */
function sameBut(current: Readonly<KubeObject>, wanted: Readonly<KubeObject>): boolean {
  const labels = current.metadata.labels ?? {};
  return Object.entries(wanted.metadata.labels ?? {}).every(([key, value]) => labels[key] === value) && jsonEquals({ ...current, metadata: {} }, { ...wanted, metadata: {} });
}

async function createUnlessThere(writer: ObjectWriter, resource: { group: string; resource: string }, object: KubeObject): Promise<void> {
  try {
    await writer.create(resource, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error; // another replica was faster
  }
}
