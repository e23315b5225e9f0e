import type { KubeObject } from '@kubernode/apimachinery';
import { horizontalPodAutoscalerConversion } from './horizontal-pod-autoscaler.ts';

const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };
const PODS = { type: 'Pods', pods: { metric: { name: 'queries' }, target: { type: 'AverageValue', averageValue: '10' } } };
const BEHAVIOR = { scaleDown: { stabilizationWindowSeconds: 60 } };

function v2(spec: object, status?: object): KubeObject {
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web', annotations: { own: 'kept' } }, spec: { scaleTargetRef: TARGET, maxReplicas: 3, ...spec }, ...(status !== undefined && { status }) };
}

describe('horizontalPodAutoscalerConversion', () => {
  it('shows the CPU percentage as the one field of v1', () => {
    const object = horizontalPodAutoscalerConversion.fromStored(v2({ metrics: [CPU] }));
    expect(object).toEqual({ apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web', annotations: { own: 'kept' } }, spec: { scaleTargetRef: TARGET, maxReplicas: 3, targetCPUUtilizationPercentage: 60 } });
  });

  it('carries other metrics and the behavior in annotations', () => {
    const { metadata } = horizontalPodAutoscalerConversion.fromStored(v2({ metrics: [PODS, CPU], behavior: BEHAVIOR }));
    expect(Object.keys(metadata.annotations ?? {})).toEqual(['own', 'autoscaling.alpha.kubernetes.io/metrics', 'autoscaling.alpha.kubernetes.io/behavior']);
  });

  it('prints the behavior as Go prints its internal type', () => {
    const behavior = { scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 2, periodSeconds: 15 }] } };
    expect(horizontalPodAutoscalerConversion.fromStored(v2({ behavior })).metadata.annotations?.['autoscaling.alpha.kubernetes.io/behavior'])
      .toBe('{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":2,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":null}');
  });

  it.each([[{}], [{ metrics: [CPU] }], [{ metrics: [PODS, CPU], behavior: BEHAVIOR }]])('loses nothing of %j on the way there and back', (spec) => {
    const { toStored, fromStored } = horizontalPodAutoscalerConversion;
    expect(toStored(fromStored(v2(spec)))).toEqual(v2(spec));
  });

  it('takes a broken annotation for none', () => {
    const object = { ...v2({}), apiVersion: 'autoscaling/v1', metadata: { name: 'web', annotations: { 'autoscaling.alpha.kubernetes.io/metrics': '{' } } };
    expect(horizontalPodAutoscalerConversion.toStored(object)).toMatchObject({ metadata: { name: 'web' }, spec: { maxReplicas: 3 } });
  });
});
