import { type Cidr, overlapsCidr, parseCidr } from '@kubernode/apimachinery';
import { canDivide, CidrSet } from './cidr-set.ts';
import type { RangeMetrics } from './metrics.ts';

/** As flags give them. */
export interface RangeFlags {
  clusterCidr: string;
  serviceRange: string;
  maskSize: number | undefined;
  maskSizeIPv4: number | undefined;
  maskSizeIPv6: number | undefined;
}

export type ClusterRanges = { sets: readonly CidrSet[] } | { fault: string };

const RANGES_MAX = 2;
const DEFAULT_MASK = { 32: 24, 128: 64 } as const;

/** The cluster's ranges, a family each, without what Services have of them; or what is wrong with the flags, in Kubernetes' words. */
export function clusterRanges(flags: RangeFlags, metrics?: RangeMetrics): ClusterRanges {
  const texts = flags.clusterCidr.trim().split(',');
  const cluster: Cidr[] = [];
  for (const [i, text] of texts.entries()) {
    const cidr = parseCidr(text);
    if (cidr === undefined) return { fault: `invalid CIDR[${i}]: <nil> (invalid CIDR address: ${text})` };
    cluster.push(cidr);
  }
  const dual = new Set(cluster.map(({ bits }) => bits)).size > 1;
  if (cluster.length > 1 && !dual) return { fault: `len of ClusterCIDRs==${cluster.length} and they are not configured as dual stack (at least one from each IPFamily` };
  if (cluster.length > RANGES_MAX) return { fault: `length of clusterCIDRs is:${cluster.length} more than max allowed of ${RANGES_MAX}` };
  const services = flags.serviceRange.split(',').flatMap((text) => parseCidr(text.trim()) ?? []);
  if (services.length > 1 && services[0]?.bits === services[1]?.bits) return { fault: 'serviceCIDR and secondaryServiceCIDR are not dualstack (from different IPfamiles)' };
  const sizes = maskSizes(flags, cluster);
  return typeof sizes === 'string' ? { fault: sizes } : divided(cluster, { sizes, services, metrics });
}

function divided(cluster: readonly Cidr[], { sizes, services, metrics }: { sizes: Readonly<Record<32 | 128, number>>; services: readonly Cidr[]; metrics: RangeMetrics | undefined }): ClusterRanges {
  if (cluster.some(({ bits, prefix }) => prefix > sizes[bits])) return { fault: 'Controller: Invalid --cluster-cidr, mask size of cluster CIDR must be less than or equal to --node-cidr-mask-size configured for CIDR family' };
  if (cluster.some((cidr) => !canDivide(cidr, sizes[cidr.bits]))) return { fault: 'New CIDR set failed; the node CIDR size is too big' };
  const sets = cluster.map((cidr) => new CidrSet(cidr, sizes[cidr.bits], metrics));
  for (const set of sets) for (const service of services) if (overlapsCidr(set.cluster, service)) set.occupy(service);
  return { sets };
}

/** How many bits a node's range of each family has; a string says why the flags do not go together. */
function maskSizes({ maskSize, maskSizeIPv4, maskSizeIPv6 }: RangeFlags, cluster: readonly Cidr[]): Record<32 | 128, number> | string {
  const [first] = cluster;
  if (cluster.length > 1) {
    if (maskSize !== undefined) return 'usage of --node-cidr-mask-size is not allowed with dual-stack clusters';
  } else if (maskSize !== undefined) {
    if (maskSizeIPv4 !== undefined || maskSizeIPv6 !== undefined) return 'usage of --node-cidr-mask-size-ipv4 and --node-cidr-mask-size-ipv6 is not allowed if --node-cidr-mask-size is set. For dual-stack clusters please unset it and use IPFamily specific flags';
    return { 32: maskSize, 128: maskSize };
  } else if (maskSizeIPv4 !== undefined && first?.bits === 128) {
    return 'usage of --node-cidr-mask-size-ipv4 is not allowed for a single-stack IPv6 cluster';
  } else if (maskSizeIPv6 !== undefined && first?.bits === 32) {
    return 'usage of --node-cidr-mask-size-ipv6 is not allowed for a single-stack IPv4 cluster';
  }
  return { 32: maskSizeIPv4 ?? DEFAULT_MASK[32], 128: maskSizeIPv6 ?? DEFAULT_MASK[128] };
}
