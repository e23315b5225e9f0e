import type { coreV1 } from '@kubernode/api';
import { addQuantities, zeroQuantity, type KubeObject } from '@kubernode/apimachinery';
import type { Evaluator, Usage } from './evaluator.ts';
import { scopesOf, type ScopeRequirement } from './scopes.ts';

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
  const { names, scopes } = limitsOf(quota);
  const used: Usage = new Map();
  const unknown = new Set<string>();
  for (const { evaluator, objects } of counted) {
    const own = names.filter((name) => evaluator.counts(name));
    const found = own.length === 0 ? [] : objects();
    for (const name of own) if (found === undefined) unknown.add(name); else if (!used.has(name)) used.set(name, zeroQuantity);
    for (const object of found ?? []) addUsage(used, costOf({ names, scopes }, evaluator, object, now));
  }
  for (const name of unknown) used.delete(name);
  return { used, unknown };
}

/** What is limited, and the scopes that objects have to fit. */
export interface Limits { readonly names: readonly string[]; readonly scopes: readonly ScopeRequirement[] }

export function limitsOf(quota: Readonly<coreV1.ResourceQuota>): Limits {
  return { names: Object.keys(quota.spec?.hard ?? {}), scopes: scopesOf(quota) };
}

/** What one object costs: of the names that are limited, and nothing when it does not fit the scopes. Pure. */
export function costOf({ names, scopes }: Limits, evaluator: Evaluator, object: Readonly<KubeObject>, now: number): Usage {
  if (!scopes.every((scope) => evaluator.matchesScope(scope, object))) return new Map();
  const usage = evaluator.usage(object, now);
  const cost: Usage = new Map();
  for (const name of names) {
    const amount = usage.get(name);
    if (amount !== undefined) cost.set(name, amount);
  }
  return cost;
}

export function addUsage(total: Usage, usage: Usage): void {
  for (const [name, amount] of usage) total.set(name, addQuantities(total.get(name) ?? zeroQuantity, amount));
}
