import type { coreV1 } from '@kubernode/api';
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '@kubernode/apimachinery';

export type Totals = Map<string, Quantity>;

/**
 * What a whole pod asks for or may use. Init containers run one after the other, so the largest counts, beside the sidecars that began
 * before it; sidecars run on and are added to the containers. What is said for the whole pod stands instead of the sum.
 */
export function podTotals(spec: Readonly<coreV1.PodSpec>, kind: 'requests' | 'limits', { overhead }: { overhead: boolean }): Totals {
  const total: Totals = new Map();
  for (const { resources } of spec.containers ?? []) addTo(total, resources?.[kind]);
  const sidecars: Totals = new Map();
  const init: Totals = new Map();
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    if (restartPolicy === 'Always') {
      addTo(total, resources?.[kind]);
      addTo(sidecars, resources?.[kind]);
      raiseTo(init, sidecars);
    } else {
      const together: Totals = new Map(sidecars);
      addTo(together, resources?.[kind]);
      raiseTo(init, together);
    }
  }
  raiseTo(total, init);
  for (const [name, text] of Object.entries(spec.resources?.[kind] ?? {})) if (isPodLevel(name)) total.set(name, parseQuantity(text));
  if (overhead) for (const [name, text] of Object.entries(spec.overhead ?? {})) if (kind === 'requests' || total.has(name)) addTo(total, { [name]: text });
  return total;
}

/** Resources that may be said for a whole pod. */
function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

function addTo(total: Totals, list: Readonly<Record<string, string>> | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const before = total.get(name);
    total.set(name, before === undefined ? parseQuantity(text) : addQuantities(before, parseQuantity(text)));
  }
}

function raiseTo(total: Totals, other: ReadonlyMap<string, Quantity>): void {
  for (const [name, quantity] of other) {
    const before = total.get(name);
    if (before === undefined || compareQuantities(before, quantity) < 0) total.set(name, quantity);
  }
}
