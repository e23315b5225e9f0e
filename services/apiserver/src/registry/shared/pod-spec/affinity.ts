import type { coreV1 } from '@kubernode/api';
import { dnsLabelName, forbiddenField, invalidValue, labelValueFaults, required, subdomainFaults, validateLabelKey, validateLabelSelector, type FieldError } from '@kubernode/apimachinery';
import { matchLabelKeyFaults } from './match-label-keys.ts';

const WEIGHT_FAULT = 'must be in the range 1-100';

export function affinityFaults({ nodeAffinity, podAffinity, podAntiAffinity }: Readonly<coreV1.Affinity>, path: string): FieldError[] {
  return [
    ...(nodeAffinity === undefined ? [] : nodeAffinityFaults(nodeAffinity, `${path}.nodeAffinity`)),
    ...(podAffinity === undefined ? [] : podAffinityFaults(podAffinity, `${path}.podAffinity`)),
    ...(podAntiAffinity === undefined ? [] : podAffinityFaults(podAntiAffinity, `${path}.podAntiAffinity`)),
  ];
}

function nodeAffinityFaults({ requiredDuringSchedulingIgnoredDuringExecution: must, preferredDuringSchedulingIgnoredDuringExecution: should = [] }: Readonly<coreV1.NodeAffinity>, path: string): FieldError[] {
  const errors = must === undefined ? [] : nodeSelectorFaults(must, `${path}.requiredDuringSchedulingIgnoredDuringExecution`);
  for (const [index, { weight, preference }] of should.entries()) {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    errors.push(...weightFaults(weight, at), ...termFaults(preference, `${at}.preference`, { anyValue: true }));
  }
  return errors;
}

export function nodeSelectorFaults({ nodeSelectorTerms }: Readonly<coreV1.NodeSelector>, path: string): FieldError[] {
  const at = `${path}.nodeSelectorTerms`;
  if ((nodeSelectorTerms ?? []).length === 0) return [required(at, 'must have at least one node selector term')];
  return nodeSelectorTerms.flatMap((term, index) => termFaults(term, `${at}[${index}]`, { anyValue: false }));
}

/** Preferences may compare with what can be no label's value; they just never hold. */
function termFaults({ matchExpressions = [], matchFields = [] }: Readonly<coreV1.NodeSelectorTerm>, path: string, { anyValue }: { anyValue: boolean }): FieldError[] {
  return [
    ...matchExpressions.flatMap((expression, index) => expressionFaults(expression, `${path}.matchExpressions[${index}]`, { anyValue })),
    ...matchFields.flatMap((field, index) => fieldFaults(field, `${path}.matchFields[${index}]`)),
  ];
}

function expressionFaults({ key, operator, values = [] }: Readonly<coreV1.NodeSelectorRequirement>, path: string, { anyValue }: { anyValue: boolean }): FieldError[] {
  const errors = [...operatorFaults(operator, values.length, path), ...validateLabelKey(key, `${path}.key`)];
  if (anyValue) return errors;
  return [...errors, ...values.flatMap((value, index) => labelValueFaults(value).map((fault) => invalidValue(`${path}.values[${index}]`, value, fault)))];
}

function operatorFaults(operator: string, count: number, path: string): FieldError[] {
  switch (operator) {
    case 'In': case 'NotIn': return count === 0 ? [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")] : [];
    case 'Exists': case 'DoesNotExist': return count > 0 ? [forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : [];
    case 'Gt': case 'Lt': return count === 1 ? [] : [required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default: return [invalidValue(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}

/** Of a node's fields only its name can be asked for. */
function fieldFaults({ key, operator, values = [] }: Readonly<coreV1.NodeSelectorRequirement>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') errors.push(invalidValue(`${path}.operator`, operator, 'not a valid selector operator'));
  else if (values.length !== 1) errors.push(required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  if (key !== 'metadata.name') return [...errors, invalidValue(`${path}.key`, key, 'not a valid field selector key')];
  return [...errors, ...values.flatMap((value, index) => subdomainFaults(value).map((fault) => invalidValue(`${path}.values[${index}]`, value, fault)))];
}

function podAffinityFaults({ requiredDuringSchedulingIgnoredDuringExecution: must = [], preferredDuringSchedulingIgnoredDuringExecution: should = [] }: Readonly<coreV1.PodAffinity>, path: string): FieldError[] {
  return [
    ...must.flatMap((term, index) => podTermFaults(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`)),
    ...should.flatMap(({ weight, podAffinityTerm }, index) => {
      const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      return [...weightFaults(weight, at), ...podTermFaults(podAffinityTerm, `${at}.podAffinityTerm`)];
    }),
  ];
}

function podTermFaults(term: Readonly<Partial<coreV1.PodAffinityTerm>>, path: string): FieldError[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = '', matchLabelKeys, mismatchLabelKeys } = term;
  return [
    ...validateLabelSelector(labelSelector, `${path}.labelSelector`), ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...namespaces.flatMap((name) => dnsLabelName(name).map((fault) => invalidValue(`${path}.namespace`, name, fault))),
    ...matchLabelKeyFaults({ matchLabelKeys, mismatchLabelKeys, labelSelector }, path),
    ...(topologyKey === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : []), ...validateLabelKey(topologyKey, `${path}.topologyKey`),
  ];
}

function weightFaults(weight: number, path: string): FieldError[] {
  return weight <= 0 || weight > 100 ? [invalidValue(`${path}.weight`, weight, WEIGHT_FAULT)] : [];
}
