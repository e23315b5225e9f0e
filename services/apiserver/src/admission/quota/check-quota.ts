import type { coreV1 } from '@kubernode/api';
import { addQuantities, compareQuantities, forbidden, formatQuantity, parseQuantity, subtractQuantities, type KubeObject, type Quantity } from '@kubernode/apimachinery';
import { scopesOf, type Evaluator, type Usage } from '@kubernode/quota';
import type { AdmissionAttributes } from '../admission.ts';

export type ResourceQuota = coreV1.ResourceQuota & KubeObject;

/**
 * What a quota's status.used becomes by this write; undefined when the quota has nothing to do with it. Throws 403 when the quota does not
 * allow it. What counts is status, not spec: a quota that no controller has looked at limits nothing. Pure.
 */
export function chargeQuota(quota: Readonly<ResourceQuota>, { attributes, evaluator, now }: { attributes: AdmissionAttributes; evaluator: Evaluator; now: number }): Record<string, string> | undefined {
  const { object } = attributes;
  if (object === undefined || !matchesQuota(quota, evaluator, object)) return undefined;
  const { hard = {}, used = {} } = quota.status ?? {};
  const counted = Object.keys(hard).filter((name) => evaluator.counts(name));
  const refuse = (why: string): Error => forbidden(attributes, attributes.name, why);
  const missing = evaluator.missing(counted, object);
  if (missing !== undefined) throw refuse(`failed quota: ${quota.metadata.name}: ${missing}`);
  if (counted.some((name) => used[name] === undefined)) throw refuse(`status unknown for quota: ${quota.metadata.name}, resources: ${[...counted].sort().join(',')}`);
  const usage = evaluator.usage(object, now);
  const negative = [...usage].filter(([, { nanos }]) => nanos < 0n).map(([name]) => name).sort();
  if (negative.length > 0) throw refuse(`quota usage is negative for resource(s): ${negative.join(',')}`);
  const delta = deltaOf(attributes, { quota, evaluator, now });
  const requested = [...delta].filter(([name, { nanos }]) => nanos !== 0n && hard[name] !== undefined);
  if (requested.length === 0) return undefined;
  return add(quota, requested, refuse);
}

function add(quota: Readonly<ResourceQuota>, requested: readonly (readonly [name: string, quantity: Quantity])[], refuse: (why: string) => Error): Record<string, string> {
  const { hard = {}, used = {} } = quota.status ?? {};
  const sums = requested.map(([name, quantity]) => [name, addQuantities(parseQuantity(used[name] ?? '0'), quantity)] as const);
  const exceeded = sums.filter(([name, sum]) => compareQuantities(sum, parseQuantity(hard[name] ?? '0')) > 0).map(([name]) => name).sort();
  if (exceeded.length > 0) {
    const wanted = new Map(requested);
    const list = (valueOf: (name: string) => string): string => exceeded.map((name) => `${name}=${valueOf(name)}`).join(',');
    throw refuse(`exceeded quota: ${quota.metadata.name}, requested: ${list((name) => formatQuantity(wanted.get(name) ?? parseQuantity('0')))}, used: ${list((name) => used[name] ?? '0')}, limited: ${list((name) => hard[name] ?? '0')}`);
  }
  return { ...used, ...Object.fromEntries(sums.map(([name, sum]) => [name, formatQuantity(sum)])) };
}

/** What this write uses beyond what was used before it, as far as the quota (any, when absent) counted that. */
export function deltaOf({ operation, object, oldObject }: AdmissionAttributes, { quota, evaluator, now }: { quota: Readonly<ResourceQuota> | undefined; evaluator: Evaluator; now: number }): Usage {
  if (object === undefined) return new Map();
  const usage = evaluator.usage(object, now);
  const wasCounted = operation === 'UPDATE' && oldObject !== undefined && (quota === undefined || matchesQuota(quota, evaluator, oldObject));
  return wasCounted ? more(usage, evaluator.usage(oldObject, now)) : usage;
}

/** It counts something of this kind, and all its scopes fit the object. */
export function matchesQuota(quota: Readonly<ResourceQuota>, evaluator: Evaluator, object: Readonly<KubeObject>): boolean {
  if (!Object.keys(quota.status?.hard ?? {}).some((name) => evaluator.counts(name))) return false;
  return scopesOf(quota).every((scope) => evaluator.matchesScope(scope, object));
}

/** What is used beyond before; nothing is given back here, that is the controller's. */
function more(usage: Usage, before: Usage): Usage {
  return new Map([...usage].map(([name, quantity]) => {
    const difference = subtractQuantities(quantity, before.get(name) ?? { nanos: 0n, format: quantity.format });
    return [name, difference.nanos > 0n ? difference : { nanos: 0n, format: quantity.format }];
  }));
}
