import type { coreV1, resourceV1 } from '@kubernode/api';
import { formatConsumed, type Consumed } from './device-capacity.ts';
import type { PooledDevice } from './device-pools.ts';
import { wishName, type DeviceWish } from './device-requests.ts';

/** A device that the search gave to a claim. */
export interface GivenDevice {
  readonly pooled: PooledDevice;
  readonly wish: DeviceWish;
  /** It takes of its pool's counters. */
  readonly counts: boolean;
  /** Of devices that several claims share. */
  readonly shareId?: string;
  readonly consumed?: Consumed;
}

/** What is written into the claim's status. */
export function allocationResult({ spec }: Readonly<resourceV1.ResourceClaim>, given: readonly GivenDevice[], node: string): resourceV1.AllocationResult {
  const config = [...classConfig(given), ...claimConfig(spec.devices, given)];
  const nodeSelector = selectorFor(given, node);
  return { devices: { results: given.map(resultOf), ...(config.length > 0 && { config }) }, ...(nodeSelector !== undefined && { nodeSelector }) };
}

function resultOf({ pooled: { device, pool }, wish, shareId, consumed }: GivenDevice): resourceV1.DeviceRequestAllocationResult {
  return {
    request: wishName(wish), driver: pool.driver, pool: pool.name, device: device.name,
    ...(wish.adminAccess && { adminAccess: true }), ...(wish.tolerations.length > 0 && { tolerations: [...wish.tolerations] }),
    ...(shareId !== undefined && { shareID: shareId }), ...(consumed !== undefined && consumed.size > 0 && { consumedCapacity: formatConsumed(consumed) }),
    ...(device.bindingConditions !== undefined && { bindingConditions: device.bindingConditions }), ...(device.bindingFailureConditions !== undefined && { bindingFailureConditions: device.bindingFailureConditions }),
  };
}

/** A class's configuration, once for all requests of the class. */
function classConfig(given: readonly GivenDevice[]): resourceV1.DeviceAllocationConfiguration[] {
  const byClass = new Map<string, { requests: string[]; wish: DeviceWish }>();
  for (const { wish } of given) {
    const known = byClass.get(wish.class.metadata.name);
    if (known === undefined) byClass.set(wish.class.metadata.name, { requests: [wishName(wish)], wish });
    else if (!known.requests.includes(wishName(wish))) known.requests.push(wishName(wish));
  }
  return [...byClass.values()].flatMap(({ requests, wish }) => (wish.class.spec.config ?? []).map((one) => ({ source: 'FromClass', requests, ...one })));
}

/** The claim's own configuration, for alternatives only where they were taken. */
function claimConfig(devices: Readonly<resourceV1.DeviceClaim> | undefined, given: readonly GivenDevice[]): resourceV1.DeviceAllocationConfiguration[] {
  const names = new Set(given.flatMap(({ wish }) => [wish.base, wishName(wish)]));
  return (devices?.config ?? []).filter(({ requests = [] }) => requests.length === 0 || requests.some((one) => names.has(one))).map((one) => ({ source: 'FromClaim', ...one }));
}

/** Where the devices can be used; undefined: everywhere. */
function selectorFor(given: readonly GivenDevice[], node: string): coreV1.NodeSelector | undefined {
  const term: { matchFields: coreV1.NodeSelectorRequirement[]; matchExpressions: coreV1.NodeSelectorRequirement[] } = { matchFields: [], matchExpressions: [] };
  for (const { pooled: { device, slice } } of given) {
    const where = slice.spec.perDeviceNodeSelection === true ? device : slice.spec;
    if (where.nodeName !== undefined || device.bindsToNode === true) return { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] };
    const [one] = where.nodeSelector?.nodeSelectorTerms ?? [];
    addNew(term.matchFields, one?.matchFields);
    addNew(term.matchExpressions, one?.matchExpressions);
  }
  const { matchFields, matchExpressions } = term;
  if (matchFields.length + matchExpressions.length === 0) return undefined;
  return { nodeSelectorTerms: [{ ...(matchFields.length > 0 && { matchFields }), ...(matchExpressions.length > 0 && { matchExpressions }) }] };
}

function addNew(into: coreV1.NodeSelectorRequirement[], from: readonly coreV1.NodeSelectorRequirement[] = []): void {
  for (const one of from) if (!into.some((known) => JSON.stringify(known) === JSON.stringify(one))) into.push(one);
}
