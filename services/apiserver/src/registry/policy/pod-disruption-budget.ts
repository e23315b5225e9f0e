import type { policyV1 } from '@kubernode/api';
import { invalidValue, notSupported, percentFaults, validateLabelSelector, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { conditionListFaults } from '../shared/condition-rules.ts';
import { internalJson } from '../shared/go-text/internal-json.ts';
import { nonNegative } from '../shared/number-rules.ts';
import type { Strategy } from '../strategy.ts';

type Budget = policyV1.PodDisruptionBudget & KubeObject;

export const podDisruptionBudgetStrategy: Strategy<Budget> = {
  prepareForCreate: (budget) => { budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }; },
  validate: ({ spec }) => specFaults(spec ?? {}),
  validateUpdate: (object, _old, { subresource }) => (subresource === 'status' ? statusFaults(object.status) : specFaults(object.spec ?? {})),
  generationFields: ['spec'],
  allowUnconditionalUpdate: false,
};

function specFaults(spec: Readonly<policyV1.PodDisruptionBudgetSpec>): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    errors.push(invalidValue('spec', { MinAvailable: minAvailable, Selector: internalJson('LabelSelector', selector), MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: policy ?? null }, 'minAvailable and maxUnavailable cannot be both set'));
  }
  errors.push(...amountFaults(minAvailable, 'spec.minAvailable'), ...amountFaults(maxUnavailable, 'spec.maxUnavailable'));
  errors.push(...validateLabelSelector(selector, 'spec.selector'));
  if (policy !== undefined && policy !== 'AlwaysAllow' && policy !== 'IfHealthyBudget') errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget']));
  return errors;
}

/** A number that is not negative, or a percentage up to 100%. */
export function amountFaults(amount: string | number | undefined, path: string): FieldError[] {
  if (amount === undefined) return [];
  if (typeof amount === 'number') return nonNegative(amount, path);
  const faults = percentFaults(amount).map((fault) => invalidValue(path, amount, fault));
  return faults.length === 0 && Number(amount.slice(0, -1)) > 100 ? [invalidValue(path, amount, 'must not be greater than 100%')] : faults;
}

function statusFaults(status: Readonly<policyV1.PodDisruptionBudgetStatus> | undefined): FieldError[] {
  return [
    ...conditionListFaults(status?.conditions, 'status.conditions'), ...nonNegative(status?.disruptionsAllowed, 'status.disruptionsAllowed'), ...nonNegative(status?.currentHealthy, 'status.currentHealthy'),
    ...nonNegative(status?.desiredHealthy, 'status.desiredHealthy'), ...nonNegative(status?.expectedPods, 'status.expectedPods'),
  ];
}
