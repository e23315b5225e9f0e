import { type Cidr, containsCidr, containsIp, formatTime, type IpAddress, lastOfCidr, parseCidr, parseIp, timeToMs } from '@kubernode/apimachinery';
import { networkingV1Resources, type networkingV1 } from '@kubernode/api';
import { nothingToDo, type Action, type Plan } from '@kubernode/controller';
import { conditionOf } from '../conditions.ts';

type ServiceCidr = Readonly<networkingV1.ServiceCIDR>;

export interface ServiceCidrSnapshot {
  serviceCidr: ServiceCidr;
  all: readonly ServiceCidr[];
  /** Names of the addresses that the API server gave to Services. */
  addresses: readonly string[];
}

export const CONTROLLER = 'service-cidr-controller';
const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
/** API servers learn of a deletion in this time, and give no more addresses of the range. */
const DELETION_GRACE_MS = 10_000;

const resource = networkingV1Resources.servicecidrs;

const READY = { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' } as const;
const TERMINATING = { status: 'False', reason: 'Terminating', message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR' } as const;

/** A range is ready at once, and goes only when no Service's address depends on it. */
export function reconcileServiceCidr(snapshot: ServiceCidrSnapshot, nowMs: number): Plan {
  const { serviceCidr } = snapshot;
  const deletedMs = timeToMs(serviceCidr.metadata.deletionTimestamp);
  if (deletedMs === null || deletedMs === undefined) return { actions: [...protection(serviceCidr), ...condition(serviceCidr, READY, nowMs)] };
  if (!mayGo(snapshot)) return { actions: condition(serviceCidr, TERMINATING, nowMs) };
  const leftMs = deletedMs + DELETION_GRACE_MS - nowMs;
  return leftMs > 0 ? { ...nothingToDo, againAfterMs: leftMs } : { actions: release(serviceCidr) };
}

/** What a range has of addresses to give: IPv4's first and last are not. */
export function serves(cidr: Cidr, ip: IpAddress): boolean {
  return containsIp(cidr, ip) && ip.value !== cidr.first && (ip.bits === 128 || ip.value !== lastOfCidr(cidr));
}

export function rangesOf({ spec }: ServiceCidr): Cidr[] { return (spec?.cidrs ?? []).flatMap((text) => parseCidr(text) ?? []); }

/** Others have all of its ranges, or at least each address that is in use. */
function mayGo({ serviceCidr, all, addresses }: ServiceCidrSnapshot): boolean {
  const own = rangesOf(serviceCidr);
  const others = all.filter(({ metadata }) => metadata.name !== serviceCidr.metadata.name).flatMap(rangesOf);
  if (own.every((range) => others.some((other) => containsCidr(other, range)))) return true;
  return addresses.every((name) => {
    const ip = parseIp(name);
    return ip === undefined || !own.some((range) => serves(range, ip)) || others.some((range) => serves(range, ip));
  });
}

function protection({ metadata }: ServiceCidr): Action[] {
  if (metadata.finalizers?.includes(FINALIZER) === true) return [];
  return [patchFinalizers(metadata.name, { finalizers: [FINALIZER] })];
}

function release({ metadata }: ServiceCidr): Action[] {
  if (metadata.finalizers?.includes(FINALIZER) !== true) return [];
  return [patchFinalizers(metadata.name, { '$deleteFromPrimitiveList/finalizers': [FINALIZER] })];
}

function patchFinalizers(name: string, metadata: object): Action {
  return { do: 'patch', resource, target: { name }, patch: { type: 'strategic', body: { metadata } }, otherwise: ({ reason }) => ({ handled: reason === 'NotFound' }) };
}

function condition(serviceCidr: ServiceCidr, wanted: typeof READY | typeof TERMINATING, nowMs: number): Action[] {
  const present = conditionOf(serviceCidr.status?.conditions, 'Ready');
  const { name } = serviceCidr.metadata;
  if (present?.status === wanted.status && (present.reason ?? '') === wanted.reason && present.message === wanted.message) return [];
  const body = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name }, status: { conditions: [{ type: 'Ready', ...wanted, lastTransitionTime: formatTime(nowMs) }] } };
  return [{
    do: 'patch', resource, target: { name, subresource: 'status' }, patch: { type: 'apply', body, fieldManager: CONTROLLER, force: true },
    otherwise: () => ({ actions: wanted === READY ? [{ do: 'event', about: serviceCidr, type: 'Warning', reason: 'KubernetesServiceCIDRError', message: 'The ServiceCIDR Status can not be set to Ready=True' }] : [] }),
  }];
}
