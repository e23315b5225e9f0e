import type { autoscalingV2 } from '@kubernode/api';
import { invalidValue, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { nonNegative } from '../shared/number-rules.ts';
import type { Strategy } from '../strategy.ts';
import { behaviorFaults, fillBehavior } from './scaling-behavior.ts';
import { metricFaults } from './metric-rules.ts';
import { targetFaults } from './scale-target.ts';

type Autoscaler = autoscalingV2.HorizontalPodAutoscaler & KubeObject;

const DEFAULT_CPU_PERCENT = 80;

/** Kept in the v2 form; v1 is a view of it. */
export const horizontalPodAutoscalerStrategy: Strategy<Autoscaler> = {
  defaults(object) {
    const spec = (object.spec ??= { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } });
    spec.minReplicas ??= 1;
    if ((spec.metrics ?? []).length === 0) spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: DEFAULT_CPU_PERCENT } } }];
    fillBehavior(spec.behavior);
    showEmptyMetrics(object);
  },
  prepareForCreate(object) {
    object.status = { currentMetrics: null as never, desiredReplicas: 0 }; // Kubernetes shows the absent list as null
  },
  validate: ({ spec }) => specFaults(spec),
  validateUpdate: ({ spec, status }, _old, { subresource }) => (subresource === 'status'
    ? [...nonNegative(status?.currentReplicas, 'status.currentReplicas'), ...nonNegative(status?.desiredReplicas, 'status.desiredReplicas')] : specFaults(spec)),
};

/** An absent list of current metrics is shown as null. */
function showEmptyMetrics({ status }: Autoscaler): void {
  if (status !== undefined && (status.currentMetrics ?? []).length === 0) status.currentMetrics = null as never; // the JSON that Kubernetes gives
}

function specFaults(spec: Readonly<autoscalingV2.HorizontalPodAutoscalerSpec> | undefined): FieldError[] {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior } = spec ?? {};
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) errors.push(invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  if (maxReplicas === 0) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (maxReplicas < 0) errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  return [...errors, ...targetFaults(scaleTargetRef ?? {}, 'spec.scaleTargetRef', { needsGroup: true }), ...metricFaults(metrics, minReplicas), ...behaviorFaults(behavior)];
}
