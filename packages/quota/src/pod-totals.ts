import type { coreV1 } from '@kubernode/api';
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '@kubernode/apimachinery';

export type Totals = Map<string, Quantity>;

type Kind = 'requests' | 'limits';
type List = Readonly<Record<string, string>> | undefined;
type Container = Readonly<coreV1.Container>;

export interface PodTotalsOptions {
  overhead: boolean;
  /** Counts what containers have, too, while a resize is under way. */
  status?: Readonly<coreV1.PodStatus>;
}

/**
 * What a whole pod asks for or may use. Init containers run one after the other, so the largest counts, beside the sidecars that began
 * before it; sidecars run on and are added to the containers. What is said for the whole pod stands instead of the sum.
 */
export function podTotals(spec: Readonly<coreV1.PodSpec>, kind: Kind, { overhead, status }: PodTotalsOptions): Totals {
  const present = (container: Container): ReadonlyMap<string, Quantity> => (status === undefined ? quantities(container.resources?.[kind]) : duringResize(container, kind, status));
  const total: Totals = new Map();
  for (const container of spec.containers ?? []) addTo(total, present(container));
  const sidecars: Totals = new Map();
  const init: Totals = new Map();
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      addTo(total, present(container));
      addTo(sidecars, present(container));
      raiseTo(init, sidecars);
    } else {
      const together: Totals = new Map(sidecars);
      addTo(together, quantities(container.resources?.[kind]));
      raiseTo(init, together);
    }
  }
  raiseTo(total, init);
  for (const [name, text] of Object.entries(spec.resources?.[kind] ?? {})) if (isPodLevel(name)) total.set(name, parseQuantity(text));
  if (overhead) addTo(total, kind === 'requests' ? quantities(spec.overhead) : new Map([...quantities(spec.overhead)].filter(([name]) => (total.get(name)?.nanos ?? 0n) !== 0n)));
  return total;
}

/** Resources that may be said for a whole pod. */
export function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** The most of what is wanted, allocated and in use; what is wanted does not count once its node has said that it never can be. */
function duringResize({ name, resources }: Container, kind: Kind, { containerStatuses = [], initContainerStatuses = [], conditions = [] }: Readonly<coreV1.PodStatus>): Totals {
  const wanted = quantities(resources?.[kind]);
  const status = [...containerStatuses, ...initContainerStatuses].find((one) => one.name === name);
  if (status?.resources === undefined) return wanted;
  const isInfeasible = conditions.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';
  const most: Totals = isInfeasible ? new Map() : wanted;
  raiseTo(most, quantities(status.resources[kind]));
  if (kind === 'requests') raiseTo(most, quantities(status.allocatedResources));
  return most;
}

function quantities(list: List): Totals {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
}

function addTo(total: Totals, list: ReadonlyMap<string, Quantity>): void {
  for (const [name, quantity] of list) {
    const before = total.get(name);
    total.set(name, before === undefined ? quantity : addQuantities(before, quantity));
  }
}

function raiseTo(total: Totals, other: ReadonlyMap<string, Quantity>): void {
  for (const [name, quantity] of other) {
    const before = total.get(name);
    if (before === undefined || compareQuantities(before, quantity) < 0) total.set(name, quantity);
  }
}
