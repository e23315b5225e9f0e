import { internalError, invalid, invalidValue } from '@kubernode/apimachinery';
import type { Rng } from '@kubernode/base';
import { canonicalIp } from '../../shared/ip-rules.ts';
import { candidates, numberToAddress, rangeContains, type AddressRange } from './address-range.ts';
import type { Allocation } from './allocation.ts';
import type { IpFamily } from './ip-families.ts';
import type { Service } from './service-kind.ts';

/** Attempts that may be lost to other replicas before a request gives up; the cache shows what is taken but a moment late. */
const RACES_MAX = 64;

export interface ClusterIpAllocator {
  readonly families: readonly IpFamily[];
  /** Fills the addresses of all families of the service that are still empty, and takes those that are named. Throws 422 or 500. */
  take(service: Service, families: readonly string[], allocation: Allocation): Promise<void>;
}

/** `ranges` gives those in force at the time, in the cluster's order of families. */
export function clusterIpAllocator({ ranges, families, rng }: { ranges(): readonly AddressRange[]; families: readonly IpFamily[]; rng: Rng }): ClusterIpAllocator {
  return {
    families,
    async take(service, wanted, allocation) {
      const spec = service.spec ??= {};
      const ips = [...spec.clusterIPs ?? []];
      for (const family of wanted) {
        const index = spec.ipFamilies?.indexOf(family) ?? 0;
        const ofFamily = ranges().filter((range) => range.family === family);
        const named = ips[index];
        ips[index] = named ? await takeNamed(named, service, ofFamily, allocation) : await takeAny(service, { ranges: ofFamily, rng, allocation });
      }
      spec.clusterIPs = ips;
      if (ips[0] !== undefined) spec.clusterIP = ips[0];
    },
  };
}

async function takeNamed(ip: string, service: Service, ranges: readonly AddressRange[], allocation: Allocation): Promise<string> {
  const refuse = (why: string): Error => invalid({ group: '', kind: 'Service' }, service.metadata.name, [invalidValue('spec.clusterIPs', service.spec?.clusterIPs, `failed to allocate IP ${ip}: ${why}`)]);
  if (!ranges.some((range) => rangeContains(range, ip))) {
    throw refuse(allocation.dryRun ? `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${ranges[0]?.cidr ?? ''}` : 'the provided network does not match the current range');
  }
  if (!allocation.dryRun && !await allocation.takeIp(canonicalIp(ip))) throw refuse('provided IP is already allocated');
  return ip;
}

async function takeAny(service: Service, { ranges, rng, allocation }: { ranges: readonly AddressRange[]; rng: Rng; allocation: Allocation }): Promise<string> {
  const [range] = ranges;
  if (allocation.dryRun && range !== undefined) return numberToAddress(range.network, range.family); // nothing is taken, so no address can be promised
  let races = 0;
  for (const one of ranges) {
    for (const ip of candidates(one, rng)) {
      if (await allocation.ipSeemsTaken(ip)) continue;
      if (await allocation.takeIp(ip)) return ip;
      if (++races === RACES_MAX) throw internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(service.metadata.name)}: too many others allocate`);
    }
  }
  throw internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(service.metadata.name)}: range is full`);
}
