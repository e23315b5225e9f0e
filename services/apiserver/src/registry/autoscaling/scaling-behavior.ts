import type { autoscalingV2 } from '@kubernode/api';
import { invalidValue, notSupported, required, type FieldError } from '@kubernode/apimachinery';
import { nonNegativeQuantity } from '../shared/quantity-rules.ts';

type Rules = autoscalingV2.HPAScalingRules;

const WINDOW_SECONDS_MAX = 3600;
const PERIOD_SECONDS_MAX = 1800;

/** Scaling up at once, by four pods or the double each 15 s; scaling down as far as wished, with the controller's own window. */
const SCALE_UP: Rules = { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }] };
const SCALE_DOWN: Rules = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

/** Completes a behavior that was begun; none stays none. */
export function fillBehavior(behavior: autoscalingV2.HorizontalPodAutoscalerBehavior | undefined): void {
  if (behavior === undefined) return;
  behavior.scaleUp = { ...structuredClone(SCALE_UP), ...behavior.scaleUp };
  behavior.scaleDown = { ...structuredClone(SCALE_DOWN), ...behavior.scaleDown };
}

export function behaviorFaults(behavior: Readonly<autoscalingV2.HorizontalPodAutoscalerBehavior> | undefined): FieldError[] {
  return [...rulesFaults(behavior?.scaleUp, 'spec.behavior.scaleUp'), ...rulesFaults(behavior?.scaleDown, 'spec.behavior.scaleDown')];
}

function rulesFaults(rules: Readonly<Rules> | undefined, path: string): FieldError[] {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  return [
    ...(window !== undefined && window < 0 ? [invalidValue(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero')] : []),
    ...(window !== undefined && window > WINDOW_SECONDS_MAX ? [invalidValue(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${WINDOW_SECONDS_MAX}`)] : []),
    ...(selectPolicy === undefined || ['Disabled', 'Max', 'Min'].includes(selectPolicy) ? [] : [notSupported(`${path}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min'])]),
    ...(policies.length === 0 ? [required(`${path}.policies`, 'must specify at least one Policy')] : []),
    ...policies.flatMap((policy, index) => policyFaults(policy, `${path}.policies[${index}]`)),
    ...(tolerance === undefined ? [] : nonNegativeQuantity(tolerance, `${path}.tolerance`)),
  ];
}

function policyFaults({ type, value, periodSeconds }: Readonly<autoscalingV2.HPAScalingPolicy>, path: string): FieldError[] {
  return [
    ...(type === 'Pods' || type === 'Percent' ? [] : [notSupported(`${path}.type`, type, ['Percent', 'Pods'])]),
    ...(value <= 0 ? [invalidValue(`${path}.value`, value, 'must be greater than zero')] : []),
    ...(periodSeconds <= 0 ? [invalidValue(`${path}.periodSeconds`, periodSeconds, 'must be greater than zero')] : []),
    ...(periodSeconds > PERIOD_SECONDS_MAX ? [invalidValue(`${path}.periodSeconds`, periodSeconds, `must be less than or equal to ${PERIOD_SECONDS_MAX}`)] : []),
  ];
}
