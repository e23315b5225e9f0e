import type { resourceV1 } from '@kubernode/api';
import type { NodeView } from '../../cache/node-table.ts';
import { nodeSelector, type NodePredicate } from '../node-selector.ts';

type Slice = Readonly<resourceV1.ResourceSlice>;

/** A device, with where it is from. */
export interface PooledDevice { readonly id: string; readonly device: Readonly<resourceV1.Device>; readonly slice: Slice; readonly pool: DevicePool }

/** The slices that a driver published together. */
export interface DevicePool {
  readonly driver: string;
  readonly name: string;
  readonly slices: readonly Slice[];
  /** Fewer slices than the driver says there are: more are to come. */
  readonly isIncomplete: boolean;
  /** Two devices of the same name. */
  readonly isInvalid: boolean;
  readonly hasBindingConditions: boolean;
}

/** What one node can use of a pool. */
export interface NodePool { readonly pool: DevicePool; readonly devices: readonly PooledDevice[] }

export function deviceId(driver: string, pool: string, device: string): string { return `${driver}/${pool}/${device}`; }

/** Puts slices together to pools; of each pool only the newest generation counts. Pools without binding conditions come first, then they go by name. */
export function gatherPools(slices: readonly Slice[]): DevicePool[] {
  const byPool = new Map<string, Slice[]>();
  for (const slice of slices) {
    const key = `${slice.spec.driver}/${slice.spec.pool.name}`;
    const known = byPool.get(key);
    const generation = known?.[0]?.spec.pool.generation ?? -1;
    if (known === undefined || slice.spec.pool.generation > generation) byPool.set(key, [slice]);
    else if (slice.spec.pool.generation === generation) known.push(slice);
  }
  return [...byPool.values()].map(poolOf).sort((a, b) => Number(a.hasBindingConditions) - Number(b.hasBindingConditions) || compare(`${a.driver}/${a.name}`, `${b.driver}/${b.name}`));
}

function poolOf(slices: readonly Slice[]): DevicePool {
  const [{ spec: { driver, pool } }] = slices as readonly [Slice]; // made with one
  const names = slices.flatMap(({ spec }) => (spec.devices ?? []).map(({ name }) => name));
  return {
    driver, name: pool.name, slices: [...slices].sort((a, b) => compare(a.metadata.name, b.metadata.name)),
    isIncomplete: slices.length !== pool.resourceSliceCount, isInvalid: new Set(names).size !== names.length,
    hasBindingConditions: slices.some(({ spec }) => spec.devices?.some(({ bindingConditions = [] }) => bindingConditions.length > 0) === true),
  };
}

function compare(a: string, b: string): number { return a < b ? -1 : a > b ? 1 : 0; }

/** What the node can reach of the pools. */
export function poolsForNode(pools: readonly DevicePool[], view: NodeView): NodePool[] {
  return pools.flatMap((pool) => {
    const devices = pool.slices.filter((slice) => slice.spec.perDeviceNodeSelection === true || reaches(slice.spec, view)).flatMap((slice) => (slice.spec.devices ?? [])
      .filter((device) => slice.spec.perDeviceNodeSelection !== true || reaches(device, view))
      .map((device) => ({ id: deviceId(pool.driver, pool.name, device.name), device, slice, pool })));
    return devices.length === 0 ? [] : [{ pool, devices }];
  });
}

const selectors = new WeakMap<object, NodePredicate>();

function reaches(where: Pick<resourceV1.Device, 'nodeName' | 'allNodes' | 'nodeSelector'>, { name, node }: NodeView): boolean {
  if (where.nodeName !== undefined && where.nodeName !== '') return where.nodeName === name;
  if (where.allNodes === true) return true;
  if (where.nodeSelector === undefined) return false;
  let matches = selectors.get(where.nodeSelector);
  if (matches === undefined) { matches = nodeSelector(where.nodeSelector); selectors.set(where.nodeSelector, matches); }
  return matches(node);
}
