import type { coreV1, metaV1 } from '@kubernode/api';
import {
  dnsLabelFaults, invalidValue, percentFaults, percentOf, required, selectorFromLabelSelector, validateLabelSelector, type FieldError, type IntOrString, type KubeObject, type LabelSelector,
} from '@kubernode/apimachinery';
import { jsonEquals } from '../write/json-equals.ts';
import { nonNegative } from './number-rules.ts';
import { templateWarnings } from './pod-spec/warnings.ts';

/** A required field that is missing is null. */
type Selector = Readonly<metaV1.LabelSelector> | null | undefined;

/** The selector of a workload that has to have one; `kind` is what the message calls the workload. */
export function workloadSelectorFaults(selector: Selector, kind: string): FieldError[] {
  const path = 'spec.selector';
  if (selector === undefined || selector === null) return [required(path)];
  return [...validateLabelSelector(selector, path), ...emptySelectorFaults(selector, kind)];
}

export function emptySelectorFaults(selector: Selector, kind: string): FieldError[] {
  if (selector === undefined || selector === null || Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length > 0) return [];
  return [invalidValue('spec.selector', selector, `empty selector is invalid for ${kind}`)];
}

/** The selector as its field means it; undefined when it cannot be read. An absent one selects nothing. */
export function readSelector(selector: Selector): LabelSelector | undefined {
  try {
    return selectorFromLabelSelector(selector);
  } catch {
    return undefined; // the faults of the field say why
  }
}

/** As Go's encoder orders and leaves out the fields. */
export function shownSelector(selector: Selector): unknown {
  if (selector === undefined || selector === null) return null;
  const { matchLabels, matchExpressions } = selector;
  const labels = matchLabels === undefined ? undefined : Object.fromEntries(Object.entries(matchLabels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const expressions = matchExpressions?.map(({ key, operator, values }) => ({ key, operator, ...(values !== undefined && values.length > 0 && { values }) }));
  return { ...(labels !== undefined && { matchLabels: labels }), ...(expressions !== undefined && { matchExpressions: expressions }) };
}

export function selectorChangeFaults(selector: Selector, old: Selector): FieldError[] {
  return jsonEquals(selector, old) ? [] : [invalidValue('spec.selector', shownSelector(selector), 'field is immutable')];
}

/** A count or a share of pods. */
export function countOrShareFaults(value: IntOrString, path: string): FieldError[] {
  return typeof value === 'number' ? nonNegative(value, path) : percentFaults(value).map((fault) => invalidValue(path, value, fault));
}

export function over100PercentFaults(value: IntOrString, path: string): FieldError[] {
  return (percentOf(value) ?? 0) > 100 ? [invalidValue(path, value, 'must not be greater than 100%')] : [];
}

/** What a count or share says, whichever of both it is; what says nothing counts as none. */
export function countOrShare(value: IntOrString): number {
  return typeof value === 'number' ? value : percentOf(value) ?? (/^[+-]?\d+$/.test(value) ? Number(value) : 0);
}

type Counts<F extends string> = { readonly [K in F]?: number | undefined };

/** Numbers of a status that cannot be negative. */
export function statusCountFaults<F extends string>(status: Counts<F>, fields: readonly F[]): FieldError[] {
  return fields.flatMap((field) => nonNegative(status[field], `status.${field}`));
}

/** Of the pods that there are, no more can be ready, up to date or available. */
export function statusOrderFaults<F extends string>(status: Counts<F | 'replicas' | 'readyReplicas' | 'availableReplicas'>, fields: readonly F[], ready = 'readyReplicas'): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 }: Counts<'replicas' | 'readyReplicas' | 'availableReplicas'> = status;
  const errors = fields.flatMap((field) => ((status[field] ?? 0) > replicas ? [invalidValue(`status.${field}`, status[field] ?? 0, 'cannot be greater than status.replicas')] : []));
  return availableReplicas > readyReplicas ? [...errors, invalidValue('status.availableReplicas', availableReplicas, `cannot be greater than ${ready}`)] : errors;
}

export function collisionCountFaults(count: number | undefined, old: number | undefined): FieldError[] {
  return (count ?? 0) < (old ?? 0) ? [invalidValue('status.collisionCount', count ?? 0, 'cannot be decremented')] : [];
}

export interface Templated extends KubeObject {
  spec?: { template?: coreV1.PodTemplateSpec };
}

/** Names that become part of hostnames are better labels. */
export function hostnameWarnings(name: string): string[] {
  const faults = dnsLabelFaults(name);
  return faults.length === 0 ? [] : [`metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${faults.join(' ')}]`];
}

/** Warnings about a workload when it is made, and about its template whenever its spec changes. */
export function workloadWarnings(workload: Readonly<Templated>, old: Readonly<Templated> | undefined, { subresource }: { subresource: string }): string[] {
  if (old === undefined) return [...hostnameWarnings(workload.metadata.name), ...templateWarnings(workload.spec?.template, 'spec.template')];
  const changed = subresource !== 'status' && workload.metadata.generation !== old.metadata.generation;
  return changed ? templateWarnings(workload.spec?.template, 'spec.template') : [];
}
