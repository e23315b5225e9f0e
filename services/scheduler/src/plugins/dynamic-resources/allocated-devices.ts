import { addQuantities, parseQuantity, zeroQuantity, type Quantity } from '@kubernode/apimachinery';
import type { resourceV1 } from '@kubernode/api';
import { parseConsumed, type Consumed } from './device-capacity.ts';
import { deviceId, type DevicePool } from './device-pools.ts';

/** Which devices are taken by claims, as a whole or in part. */
export class AllocatedDevices {
  readonly #whole = new Set<string>();
  readonly #shares = new Map<string, Consumed[]>();

  constructor(claims: Iterable<Readonly<resourceV1.ResourceClaim>>) {
    for (const { status } of claims) for (const result of status?.allocation?.devices?.results ?? []) this.#take(result);
  }

  has(id: string): boolean { return this.#whole.has(id); }
  sharesOf(id: string): readonly Consumed[] { return this.#shares.get(id) ?? []; }
  isInUse(id: string): boolean { return this.#whole.has(id) || this.#shares.has(id); }

  /** What devices in use take of the pool's counters: `set/counter`. */
  countersUsed({ driver, name, slices }: DevicePool): Map<string, Quantity> {
    const used = new Map<string, Quantity>();
    for (const { spec } of slices) {
      for (const device of spec.devices ?? []) if (this.isInUse(deviceId(driver, name, device.name))) countInto(used, device);
    }
    return used;
  }

  /** Administrators' access takes nothing away from others. */
  #take({ driver, pool, device, adminAccess, shareID, consumedCapacity }: Readonly<resourceV1.DeviceRequestAllocationResult>): void {
    if (adminAccess === true) return;
    const id = deviceId(driver, pool, device);
    if (shareID === undefined) { this.#whole.add(id); return; }
    this.#shares.set(id, [...this.sharesOf(id), parseConsumed(consumedCapacity)]);
  }
}

export function countInto(used: Map<string, Quantity>, { consumesCounters = [] }: Readonly<resourceV1.Device>): void {
  for (const { counterSet, counters } of consumesCounters) {
    for (const [name, { value }] of Object.entries(counters)) used.set(`${counterSet}/${name}`, addQuantities(used.get(`${counterSet}/${name}`) ?? zeroQuantity, parseQuantity(value)));
  }
}
