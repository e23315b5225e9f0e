import { addQuantities, compareQuantities, parseQuantity, subtractQuantities, zeroQuantity, type Quantity } from '@kubernode/apimachinery';
import type { resourceV1 } from '@kubernode/api';
import type { NodeView } from '../../cache/node-table.ts';
import { type AllocatedDevices, countInto } from './allocated-devices.ts';
import { allocationResult, type GivenDevice } from './allocation-result.ts';
import { consumption, leaves, type Consumed } from './device-capacity.ts';
import { deviceConstraint, type DeviceConstraint } from './device-constraints.ts';
import { poolsForNode, type DevicePool, type NodePool, type PooledDevice } from './device-pools.ts';
import { isTaintedFor, type DeviceWish, type SelectorCache, wishesOf } from './device-requests.ts';

type Claim = Readonly<resourceV1.ResourceClaim>;

/** A claim has no more results than this. */
const RESULTS_MAX = 32;

export interface AllocateOptions {
  pools: readonly DevicePool[];
  allocated: AllocatedDevices;
  classOf(name: string): Readonly<resourceV1.DeviceClass> | undefined;
  selectors: SelectorCache;
  newShareId(): string;
}

/** Devices of a node for all claims together, in the order of the claims; or why there are none. Searches depth first, so the first devices that will do are taken. */
export function allocateDevices(claims: readonly Claim[], node: NodeView, options: AllocateOptions): resourceV1.AllocationResult[] | string {
  const pools = poolsForNode(options.pools, node);
  const search = new DeviceSearch(claims, pools, options);
  if (!search.run()) return pools.some(({ pool }) => pool.isInvalid) ? 'invalid resource pools were encountered' : 'cannot allocate all claims';
  return claims.map((claim, i) => allocationResult(claim, search.given[i] ?? [], node.name));
}

/** What one step of the search decides: which device a claim's request gets as its next. */
interface Step { readonly claim: number; readonly request: number; readonly wish: DeviceWish; /** Of the request. */ readonly nth: number; /** Where to go on looking: devices of a request are taken in their order. */ readonly from: number }

class DeviceSearch {
  readonly #claims: readonly Claim[];
  readonly #options: AllocateOptions;
  readonly #devices: readonly PooledDevice[];
  readonly #isWhole: boolean;
  readonly #constraints: readonly (readonly DeviceConstraint[])[];
  readonly #taken = new Map<string, Set<number>>(); // device → claims that take it here
  readonly #shares = new Map<string, Consumed[]>();
  readonly #available = new Map<DevicePool, Map<string, Quantity>>();
  readonly given: GivenDevice[][];

  constructor(claims: readonly Claim[], pools: readonly NodePool[], options: AllocateOptions) {
    this.#claims = claims;
    this.#options = options;
    this.#isWhole = pools.every(({ pool }) => !pool.isIncomplete && !pool.isInvalid);
    this.#devices = pools.filter(({ pool }) => !pool.isIncomplete && !pool.isInvalid).flatMap(({ devices }) => devices);
    this.#constraints = claims.map(({ spec }) => (spec.devices?.constraints ?? []).map(deviceConstraint));
    this.given = claims.map(() => []);
  }

  run(): boolean { return this.#request(0, 0); }

  /** The rest from a request on. Alternatives are tried in their order. */
  #request(claim: number, request: number): boolean {
    const requests = this.#claims[claim]?.spec.devices?.requests;
    if (this.#claims[claim] === undefined) return true;
    const one = requests?.[request];
    if (one === undefined) return this.#request(claim + 1, 0);
    return wishesOf(one, this.#options.classOf).some((wish) => this.#wish({ claim, request, wish, nth: 0, from: 0 }));
  }

  #wish(step: Step): boolean {
    const { claim, request, wish, nth } = step;
    if (wish.count === undefined) return this.#all(step);
    if (nth === wish.count) return this.#request(claim, request + 1);
    if ((this.given[claim]?.length ?? 0) + wish.count - nth > RESULTS_MAX) return false;
    for (let i = step.from; i < this.#devices.length; i++) {
      const device = this.#devices[i] as PooledDevice; // within length
      if (!this.#isSelectable(device, wish) || !this.#give(device, step)) continue;
      if (this.#wish({ ...step, nth: nth + 1, from: i + 1 })) return true;
      this.#takeBack(device, step);
    }
    return false;
  }

  /** All devices that match, or none: each has to be free, and all pools complete. */
  #all(step: Step): boolean {
    const { claim, request, wish } = step;
    const wanted = this.#isWhole ? this.#devices.filter((one) => this.#isSelectable(one, wish)) : [];
    if (wanted.length === 0 || (this.given[claim]?.length ?? 0) + wanted.length > RESULTS_MAX) return false;
    const got: PooledDevice[] = [];
    for (const device of wanted) { if (!this.#give(device, step)) break; got.push(device); }
    if (got.length === wanted.length && this.#request(claim, request + 1)) return true;
    for (const device of got.reverse()) this.#takeBack(device, step);
    return false;
  }

  #isSelectable(device: PooledDevice, wish: DeviceWish): boolean { return this.#options.selectors.matches(wish, device) && consumption(device.device.capacity, wish.capacities) !== undefined; }

  #give(pooled: PooledDevice, { claim, wish }: Step): boolean {
    const { device, id } = pooled;
    const { allocated } = this.#options;
    const shared = device.allowMultipleAllocations === true;
    if (isTaintedFor(device, wish)) return false;
    if (wish.adminAccess ? !shared && this.#taken.get(id)?.has(claim) === true : allocated.has(id) || (this.#taken.get(id)?.size ?? 0) > 0) return false;
    const wanted = consumption(device.capacity, wish.capacities);
    const shares = [...allocated.sharesOf(id), ...this.#shares.get(id) ?? []];
    if (wanted === undefined || (shared && !leaves(device.capacity, shares, wanted))) return false;
    const counts = (device.consumesCounters ?? []).length > 0 && !(shared && shares.length > 0);
    if (counts && !this.#hasCounters(pooled)) return false;
    if (!this.#meetsConstraints(pooled, claim, wish)) return false;
    if (counts) this.#count(pooled, -1);
    if (shared) this.#shares.set(id, [...this.#shares.get(id) ?? [], wanted]);
    else this.#taken.set(id, new Set([...this.#taken.get(id) ?? [], claim]));
    this.given[claim]?.push({ pooled, wish, counts, ...(shared && { shareId: this.#options.newShareId(), consumed: wanted }) });
    return true;
  }

  #takeBack(pooled: PooledDevice, { claim, wish }: Step): void {
    const given = this.given[claim]?.pop();
    for (const constraint of this.#constraints[claim] ?? []) constraint.remove(wish, pooled);
    if (given?.counts === true) this.#count(pooled, 1);
    if (given?.shareId === undefined) this.#taken.get(pooled.id)?.delete(claim);
    else this.#shares.get(pooled.id)?.pop();
  }

  #meetsConstraints(pooled: PooledDevice, claim: number, wish: DeviceWish): boolean {
    const constraints = this.#constraints[claim] ?? [];
    const failed = constraints.findIndex((one) => !one.add(wish, pooled));
    for (const one of constraints.slice(0, Math.max(0, failed))) one.remove(wish, pooled);
    return failed < 0;
  }

  #hasCounters({ device, pool }: PooledDevice): boolean {
    const wanted = new Map<string, Quantity>();
    countInto(wanted, device);
    const available = this.#countersOf(pool);
    return [...wanted].every(([name, amount]) => !available.has(name) || compareQuantities(available.get(name) ?? zeroQuantity, amount) >= 0);
  }

  #count({ device, pool }: PooledDevice, sign: 1 | -1): void {
    const available = this.#countersOf(pool);
    const wanted = new Map<string, Quantity>();
    countInto(wanted, device);
    for (const [name, amount] of wanted) { const left = available.get(name); if (left !== undefined) available.set(name, sign > 0 ? addQuantities(left, amount) : subtractQuantities(left, amount)); }
  }

  /** What is left of the pool's shared counters. */
  #countersOf(pool: DevicePool): Map<string, Quantity> {
    let available = this.#available.get(pool);
    if (available === undefined) {
      const used = this.#options.allocated.countersUsed(pool);
      available = new Map(pool.slices.flatMap(({ spec }) => (spec.sharedCounters ?? []).flatMap((set) => Object.entries(set.counters).map(([name, { value }]) => {
        const key = `${set.name}/${name}`;
        return [key, subtractQuantities(parseQuantity(value), used.get(key) ?? zeroQuantity)] as const;
      }))));
      this.#available.set(pool, available);
    }
    return available;
  }
}
