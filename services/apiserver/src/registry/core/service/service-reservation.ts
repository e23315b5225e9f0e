import { errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { canonicalIp } from '../../shared/ip-rules.ts';
import type { Reservation, Reserve } from '../../write/write-request.ts';
import { Allocation } from './allocation.ts';
import { agreeOnCreate, carryOver } from './carry-over.ts';
import type { Claims } from './claims.ts';
import type { ClusterIpAllocator } from './cluster-ip-allocator.ts';
import { fillIpFamilies, keepsPreferDualStack } from './ip-families.ts';
import type { NodePortAllocator } from './node-port-allocator.ts';
import { isHeadless, needsClusterIp, needsHealthCheckPort, nodePortsOf, NO_CLUSTER_IP, type Service } from './service-kind.ts';

export interface ServiceReservationParts {
  clusterIps: ClusterIpAllocator;
  nodePorts: NodePortAllocator;
  ips: Claims;
  ports: Claims;
  logger: Logger;
  /** Removes the Endpoints of a service that is gone, so that a new service of the name does not begin with the old one's. */
  deleteEndpoints(namespace: string, name: string): Promise<void>;
}

/** Takes cluster IPs and node ports before a service is judged and written; gives back what is no longer used after. */
export function serviceReservation(parts: ServiceReservationParts): Reserve {
  return async (object, old, { dryRun, subresource }) => {
    if (subresource === 'status' && object !== undefined) return undefined;
    const service = object as Service | undefined; // registered for services
    const before = old as Readonly<Service> | undefined; // likewise
    const { namespace = '', name } = (service ?? before as Service).metadata; // one of them is there
    const allocation = new Allocation({ ...parts, owner: { namespace, name }, dryRun });
    if (service === undefined) return releaseAll(before as Service, allocation, parts); // a deletion has what was
    try {
      if (before === undefined) await takeForCreate(service, allocation, parts);
      else await takeForUpdate(service, before, allocation, parts);
    } catch (error) {
      await allocation.rollback();
      throw error;
    }
    return allocation;
  };
}

async function takeForCreate(service: Service, allocation: Allocation, { clusterIps, nodePorts }: ServiceReservationParts): Promise<void> {
  agreeOnCreate(service);
  fillIpFamilies(service, undefined, clusterIps.families);
  const spec = service.spec ?? {};
  if (needsClusterIp(spec) && spec.clusterIPs?.[0] !== NO_CLUSTER_IP) await clusterIps.take(service, spec.ipFamilies ?? [], allocation);
  await nodePorts.takeForCreate(service, allocation);
}

async function takeForUpdate(service: Service, old: Readonly<Service>, allocation: Allocation, { clusterIps, nodePorts }: ServiceReservationParts): Promise<void> {
  carryOver(service, old);
  const kept = keepsPreferDualStack(service.spec ?? {}, old.spec);
  fillIpFamilies(service, old, clusterIps.families);
  if (!kept) await changeIps(service, old, allocation, clusterIps);
  await nodePorts.takeForUpdate(service, old, allocation);
}

/** From ExternalName: all new. To ExternalName: all given up. Otherwise a second family comes or goes. */
async function changeIps(service: Service, old: Readonly<Service>, allocation: Allocation, clusterIps: ClusterIpAllocator): Promise<void> {
  const [spec, before] = [service.spec ?? {}, old.spec ?? {}];
  const [families = [], had = []] = [spec.ipFamilies, before.ipFamilies];
  if (!needsClusterIp(before)) {
    if (needsClusterIp(spec) && spec.clusterIPs?.[0] !== NO_CLUSTER_IP) await clusterIps.take(service, families, allocation);
    return;
  }
  if (before.clusterIPs?.[0] === NO_CLUSTER_IP) return;
  if (!needsClusterIp(spec)) {
    for (const ip of before.clusterIPs ?? []) allocation.giveUpIp(canonicalIp(ip));
  } else if (had.length === 1 && families.length === 2) {
    await clusterIps.take(service, families.slice(1), allocation);
  } else if (had.length === 2 && families.length === 1 && before.clusterIPs?.[1] !== undefined) {
    allocation.giveUpIp(canonicalIp(before.clusterIPs[1]));
  }
}

function releaseAll(service: Readonly<Service>, allocation: Allocation, { deleteEndpoints, logger }: ServiceReservationParts): Reservation {
  for (const ip of clusterIpsOf(service)) allocation.giveUpIp(ip);
  for (const port of portsOf(service)) allocation.giveUpPort(port);
  return {
    rollback: async () => undefined,
    async commit() {
      if (allocation.dryRun) return;
      const { namespace = '', name } = service.metadata;
      await Promise.all([allocation.commit(), deleteEndpoints(namespace, name).catch((error: unknown) => {
        logger.warn('could not delete the Endpoints of a service that is gone', { service: `${namespace}/${name}`, error: errorMessage(error) });
      })]);
    },
  };
}

/** The addresses that a stored service has, in their one form. */
export function clusterIpsOf({ spec = {} }: Readonly<Service>): string[] {
  return needsClusterIp(spec) && !isHeadless(spec) ? (spec.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== NO_CLUSTER_IP).map(canonicalIp) : [];
}

/** All ports on nodes that a stored service has. */
export function portsOf({ spec = {} }: Readonly<Service>): number[] {
  const healthCheck = needsHealthCheckPort(spec) ? spec.healthCheckNodePort ?? 0 : 0;
  return [...new Set([...nodePortsOf(spec), ...(healthCheck === 0 ? [] : [healthCheck])])];
}

