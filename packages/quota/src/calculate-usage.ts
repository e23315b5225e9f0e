import type { coreV1 } from '@kubernode/api';
import { addQuantities, zeroQuantity, type KubeObject } from '@kubernode/apimachinery';
import type { Evaluator, Usage } from './evaluator.ts';
import { scopesOf } from './scopes.ts';

/** The objects of one resource in the quota's namespace. */
export interface CountedObjects {
  evaluator: Evaluator;
  /** Only called when the quota counts them; undefined: not known yet. */
  objects(): readonly Readonly<KubeObject>[] | undefined;
}

export interface CalculatedUsage {
  /** Of names that the quota limits and somebody counts. */
  used: Usage;
  /** Names of which nothing can be said now. */
  unknown: ReadonlySet<string>;
}

/** What the objects of a namespace use of a quota. Pure. */
export function calculateUsage(quota: Readonly<coreV1.ResourceQuota>, counted: readonly CountedObjects[], now: number): CalculatedUsage {
  const names = Object.keys(quota.spec?.hard ?? {});
  const scopes = scopesOf(quota);
  const used: Usage = new Map();
  const unknown = new Set<string>();
  for (const { evaluator, objects } of counted) {
    const own = names.filter((name) => evaluator.counts(name));
    const found = own.length === 0 ? [] : objects();
    for (const name of own) if (found === undefined) unknown.add(name); else if (!used.has(name)) used.set(name, zeroQuantity);
    for (const object of found ?? []) if (scopes.every((scope) => evaluator.matchesScope(scope, object))) add(used, evaluator.usage(object, now), names);
  }
  for (const name of unknown) used.delete(name);
  return { used, unknown };
}

function add(used: Usage, usage: Usage, names: readonly string[]): void {
  for (const name of names) {
    const amount = usage.get(name);
    if (amount !== undefined) used.set(name, addQuantities(used.get(name) ?? zeroQuantity, amount));
  }
}
