import type { KubeObject, Quantity } from '@kubernode/apimachinery';
import type { ScopeRequirement } from './scopes.ts';

/** Amounts by the names that quotas use. */
export type Usage = Map<string, Quantity>;

export interface QuotaResource { readonly group: string; readonly resource: string }

/** What is about to be written, as far as quotas care. */
export interface QuotaWrite {
  readonly operation: string;
  readonly subresource: string;
  readonly object: Readonly<KubeObject> | undefined;
  readonly oldObject: Readonly<KubeObject> | undefined;
}

/** What one kind of object costs. All functions are pure. */
export interface Evaluator {
  /** Could this write cost anything? */
  handles(write: QuotaWrite): boolean;
  /** Is it this kind of object that a quota of that name counts? */
  counts(name: string): boolean;
  matchesScope(requirement: ScopeRequirement, object: Readonly<KubeObject>): boolean;
  /** What the object has to say before a quota of these names lets it in; undefined when nothing is missing. */
  missing(names: readonly string[], object: Readonly<KubeObject>): string | undefined;
  usage(object: Readonly<KubeObject>, now: number): Usage;
  /** Whether the amount under that name depends on other objects too: then nobody can say later what an object was charged. Absent: none does. */
  dependsOnOthers?(name: string): boolean;
}

export const one: Quantity = Object.freeze({ nanos: 1_000_000_000n, format: 'DecimalSI' });

export function count(amount: number): Quantity {
  return { nanos: BigInt(amount) * one.nanos, format: 'DecimalSI' };
}

/** `count/deployments.apps` */
export function countName({ group, resource }: QuotaResource): string {
  return `count/${resource}${group === '' ? '' : `.${group}`}`;
}
