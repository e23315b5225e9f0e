import { compareQuantities, zeroQuantity, type KubeObject } from '@kubernode/apimachinery';
import { addUsage, costOf, type Evaluator, type Limits, type Usage } from '@kubernode/quota';

export interface ListedObjects {
  evaluator: Evaluator;
  /** By a consistent list. */
  listed: readonly Readonly<KubeObject>[];
  /** By the informer, once the list was there. */
  shown: readonly Readonly<KubeObject>[];
}

/**
 * What objects cost of the names that were listed for: each by the list or by the informer, whichever is more. What the informer has not seen
 * to go or to shrink is given back when it does; what it has not seen to come or to grow counts already. Pure.
 */
export function settledUsage({ names, scopes }: Limits, of: readonly ListedObjects[], nowMs: number): Usage {
  const total: Usage = new Map(names.map((name) => [name, zeroQuantity]));
  for (const { evaluator, listed, shown } of of) {
    const byUid = new Map<string, Usage>();
    for (const object of [...listed, ...shown]) {
      const uid = object.metadata.uid ?? '';
      const cost = costOf({ names, scopes }, evaluator, object, nowMs);
      const known = byUid.get(uid);
      byUid.set(uid, known === undefined ? cost : larger(known, cost));
    }
    for (const cost of byUid.values()) addUsage(total, cost);
  }
  return total;
}

function larger(a: Usage, b: Usage): Usage {
  const result: Usage = new Map(a);
  for (const [name, amount] of b) if (compareQuantities(amount, result.get(name) ?? zeroQuantity) > 0) result.set(name, amount);
  return result;
}
