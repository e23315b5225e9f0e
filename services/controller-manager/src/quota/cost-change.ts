import { subtractQuantities, zeroQuantity, type ObjectMeta } from '@kubernode/apimachinery';
import type { InformerChange } from '@kubernode/client';
import { costOf, type Evaluator, type Limits, type Usage } from '@kubernode/quota';

export interface CostChange {
  /** What is not used any more. */
  released: Usage;
  /** Whether something is used that was not: mostly the API server has charged it, before it showed here. */
  grew: boolean;
}

/** What a change of an object means to a quota, given the time by which what it became is counted. Only what was surely charged counts as released. Pure. */
export function costChange(limits: Limits, evaluator: Evaluator, { object, previous }: InformerChange<{ metadata: ObjectMeta }>, nowMs: number): CostChange {
  const isAnother = object?.metadata.uid !== previous?.metadata.uid;
  const cost = (of: { metadata: ObjectMeta } | undefined, atMs: number): Usage => (of === undefined ? new Map() : costOf(limits, evaluator, of as Parameters<Evaluator['usage']>[0], atMs)); // informers keep objects of the API
  const [before, after] = [cost(previous, -Infinity), cost(object, nowMs)];
  if (isAnother) return { released: certain(before, evaluator), grew: after.size > 0 };
  return { released: certain(more(before, after), evaluator), grew: more(after, before).size > 0 };
}

/** What is in `a` beyond `b`. */
function more(a: Usage, b: Usage): Usage {
  const result: Usage = new Map();
  for (const [name, amount] of a) {
    const difference = subtractQuantities(amount, b.get(name) ?? zeroQuantity);
    if (difference.nanos > 0n) result.set(name, difference);
  }
  return result;
}

function certain(usage: Usage, { dependsOnOthers }: Evaluator): Usage {
  return new Map([...usage].filter(([name, { nanos }]) => nanos > 0n && dependsOnOthers?.(name) !== true));
}
