import { isIPv6 } from 'node:net';
import type { networkingV1 } from '@kubernode/api';
import { isNotFound, tooManyRequests, type KubeObject } from '@kubernode/apimachinery';
import type { Clock, Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { createObjectStore, type StorageBackend } from '@kubernode/storage';
import type { ObjectSources, ObjectWriter } from '../../../endpoints/endpoint.ts';
import type { ResourceStorage } from '../../served-resource.ts';
import type { Reserve } from '../../write/write-request.ts';
import { addressRange, type AddressRange } from './address-range.ts';
import { Claims, unseenClaims, type ClaimOwner } from './claims.ts';
import { clusterIpAllocator } from './cluster-ip-allocator.ts';
import type { IpFamily } from './ip-families.ts';
import { nodePortAllocator, type PortRange } from './node-port-allocator.ts';
import { runRepair } from './repair-allocations.ts';
import type { Service } from './service-kind.ts';
import { serviceReservation } from './service-reservation.ts';

const IP_ADDRESSES = { group: 'networking.k8s.io', resource: 'ipaddresses' };
const SERVICE_CIDRS = { group: 'networking.k8s.io', resource: 'servicecidrs' };
const SERVICES = { group: '', resource: 'services' };
const NODE_PORTS = { group: '', resource: 'nodeports' };
const NODE_PORT_PREFIX = '/registry/kubernode/nodeports/';
const MANAGER = 'ipallocator.k8s.io';
const FIRST_REPAIR_WAIT_MS = 5_000;
const RETRY_AFTER_SECONDS = 1;

export interface ServiceAllocationParts {
  backend: StorageBackend;
  storageOf(resource: { group: string; resource: string }): ResourceStorage | undefined;
  sources: ObjectSources;
  writer: Pick<ObjectWriter, 'create' | 'remove'>;
  /** From the flags: used until there are ServiceCIDR objects; their families are the cluster's. */
  cidrs: readonly string[];
  nodePorts: PortRange;
  clock: Clock;
  rng: Rng;
  logger: Logger;
}

/** Cluster IPs and node ports of the whole server. */
export interface ServiceAllocation {
  readonly reserve: Reserve;
  /** Takes one address for a service that the server itself writes; false when another has it. */
  takeIp(ip: string, owner: ClaimOwner): Promise<boolean>;
  /** Keeps the view of taken ports and repairs what crashes left, until aborted. */
  run(signal: AbortSignal): Promise<void>;
}

export function setUpServiceAllocation(parts: ServiceAllocationParts): ServiceAllocation {
  const { backend, clock, rng, logger, sources, cidrs } = parts;
  const services = storage(parts, SERVICES).store;
  const portStore = createObjectStore({ backend, prefix: NODE_PORT_PREFIX, resource: NODE_PORTS, attributesOf: () => ({ labels: {}, fields: {} }) });
  const ips = new Claims({ store: storage(parts, IP_ADDRESSES).store, create: (claim) => parts.writer.create(IP_ADDRESSES, claim), describe: describeIp });
  const ports = new Claims({ store: portStore, create: unseenClaims({ store: portStore, resource: NODE_PORTS, clock, rng }), describe: () => ({ kind: 'NodePort', apiVersion: 'kubernode/v1' }) });
  const configured = cidrs.map(addressRange).filter((range) => range !== undefined);
  const ranges = rangesOf(sources, configured);
  const reserve = serviceReservation({
    ips, ports, logger, clusterIps: clusterIpAllocator({ ranges, families: [...new Set(configured.map(({ family }) => family))], rng }),
    nodePorts: nodePortAllocator({ range: parts.nodePorts, rng }), deleteEndpoints: (namespace, name) => deleteEndpoints(parts.writer, namespace, name),
  });
  const repaired = new AbortController(); // aborted: claims have been made for all services that had none
  return {
    reserve: async (object, old, request) => {
      if (object !== undefined && !request.dryRun && !repaired.signal.aborted) await untilRepaired(repaired.signal, clock);
      return reserve(object, old, request);
    },
    takeIp: async (ip, owner) => await ips.take(ip, owner) || ips.has(ip, owner),
    run: async (signal) => {
      const listServices = async (): Promise<Service[]> => (await services.list({ keyPrefix: '', limit: 0, freshness: { kind: 'consistent' }, signal })).items.map((item) => item.decode<Service>());
      await Promise.all([portStore.run(signal), runRepair({ ips, ports, listServices, clock, rng, logger, manager: MANAGER }, { signal, onRepaired: () => repaired.abort() })]);
    },
  };
}

/** Until the first repair, a port that a service of another API server has would look free. */
async function untilRepaired(repaired: AbortSignal, clock: Clock): Promise<void> {
  await clock.sleep(FIRST_REPAIR_WAIT_MS, { signal: repaired }).catch(() => undefined); // that is what is waited for
  if (!repaired.aborted) throw tooManyRequests('the addresses and ports of services are being checked', RETRY_AFTER_SECONDS);
}

function storage({ storageOf }: ServiceAllocationParts, resource: { group: string; resource: string }): ResourceStorage {
  const found = storageOf(resource);
  if (found === undefined) throw new Error(`broken invariant: no storage for ${resource.resource}`);
  return found;
}

/** The ranges of all ServiceCIDR objects that are in force. */
function rangesOf(sources: ObjectSources, configured: readonly AddressRange[]): () => readonly AddressRange[] {
  const source = sources<networkingV1.ServiceCIDR & KubeObject>(SERVICE_CIDRS);
  return () => {
    const cidrs = new Set<string>();
    let any = false;
    for (const { metadata, spec, status } of source.list()) {
      any = true;
      const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
      if (isReady && metadata.deletionTimestamp === undefined) for (const cidr of spec?.cidrs ?? []) cidrs.add(cidr);
    }
    if (!any) return configured;
    const inForce = [...cidrs].map(addressRange).filter((range) => range !== undefined);
    return [...configured.filter(({ cidr }) => cidrs.has(cidr)), ...inForce.filter(({ cidr }) => !configured.some((one) => one.cidr === cidr))];
  };
}

function describeIp(ip: string): ReturnType<ConstructorParameters<typeof Claims>[0]['describe']> {
  const family: IpFamily = isIPv6(ip) ? 'IPv6' : 'IPv4';
  return { kind: 'IPAddress', apiVersion: 'networking.k8s.io/v1', labels: { 'ipaddress.kubernetes.io/ip-family': family, 'ipaddress.kubernetes.io/managed-by': MANAGER } };
}

async function deleteEndpoints(writer: Pick<ObjectWriter, 'remove'>, namespace: string, name: string): Promise<void> {
  try {
    await writer.remove({ group: '', resource: 'endpoints' }, namespace, name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
