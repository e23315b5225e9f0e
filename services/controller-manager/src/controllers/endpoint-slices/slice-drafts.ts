import type { ObjectMeta } from '@kubernode/apimachinery';
import { discoveryV1Resources, type discoveryV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { byGoHash, printSlicePort } from '../endpoints/go-order.ts';

export type Slice = Readonly<discoveryV1.EndpointSlice>;
export type Endpoint = Readonly<discoveryV1.Endpoint>;
export type SlicePort = Readonly<discoveryV1.EndpointPort>;

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';

/** A slice as it shall be; one without a name does not exist yet. Never changed in place. */
export interface Draft { readonly metadata: Readonly<Partial<ObjectMeta>>; readonly addressType: string; readonly endpoints: readonly Endpoint[]; readonly ports: readonly SlicePort[] }

/** What happens to the slices of one Service and family. */
export interface SliceChanges { create: Draft[]; update: Draft[]; remove: Slice[] }

export function draftOf({ metadata, addressType, endpoints, ports }: Slice): Draft {
  return { metadata, addressType, endpoints: endpoints ?? [], ports: ports ?? [] };
}

/** Endpoints of the same name keep their place in a slice while their state changes; a pod made anew under its old name and address is the same. */
export function idOf({ addresses, hostname = '', targetRef }: Endpoint): string {
  return `${addresses.length < 2 ? addresses[0] ?? '' : [...addresses].sort().join()} ${hostname} ${targetRef?.namespace ?? ''} ${targetRef?.name ?? ''}`;
}

/** Whether two endpoints of the same id need no write; hints are looked at apart. By hand: a Service of thousands of pods asks this for each of them. */
export function sameState(a: Endpoint, b: Endpoint): boolean {
  const [ours, theirs] = [a.conditions, b.conditions];
  return a.nodeName === b.nodeName && a.zone === b.zone
    && ours?.ready === theirs?.ready && ours?.serving === theirs?.serving && ours?.terminating === theirs?.terminating
    && sameReference(a.targetRef, b.targetRef);
}

/** Of which version the object was does not matter. */
function sameReference(a: Endpoint['targetRef'], b: Endpoint['targetRef']): boolean {
  return a?.kind === b?.kind && a?.namespace === b?.namespace && a?.name === b?.name && a?.uid === b?.uid && a?.apiVersion === b?.apiVersion && a?.fieldPath === b?.fieldPath;
}

/** Equal for the same ports in any order. Endpoints that offer the same ports share slices. */
export function portsId(ports: readonly SlicePort[]): string { return ports.map(printSlicePort).sort().join(); }

export function inSliceOrder(ports: readonly SlicePort[]): SlicePort[] { return byGoHash(ports, printSlicePort); }

const NAME_LENGTH_MAX = 253;

/** What names of slices begin with; without a dash where that would be too long. */
export function generateNameFor(name: string): string { return name.length < NAME_LENGTH_MAX ? `${name}-` : name; }

/** What clients send for a slice: Kubernetes writes null for lists without anything. */
export function wireForm({ metadata, addressType, endpoints, ports }: Draft): unknown {
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType, endpoints: orNull(endpoints), ports: orNull(ports) };
}

export function removal({ metadata: { name, namespace, uid } }: Slice): Extract<Action, { do: 'delete' }> {
  return { do: 'delete', resource: discoveryV1Resources.endpointslices, target: { name, namespace }, uid };
}

function orNull<T>(items: readonly T[]): readonly T[] | null { return items.length === 0 ? null : items; }
