import { autoscalingV2Resources } from '@kubernode/api';
import type { autoscalingV2 } from '@kubernode/api';
import { figure, gauge, info, lifeFamilies, statusSamples, type Family, type StateKind } from '../family.ts';

type Autoscaler = autoscalingV2.HorizontalPodAutoscaler;

const families: readonly Family<Autoscaler>[] = [
  info('kube_horizontalpodautoscaler_info', 'Information about this autoscaler.', ({ spec }) => {
    const target = spec?.scaleTargetRef;
    return { ...(target?.apiVersion !== undefined && { scaletargetref_api_version: target.apiVersion }), scaletargetref_kind: target?.kind ?? '', scaletargetref_name: target?.name ?? '' };
  }),
  figure('kube_horizontalpodautoscaler_metadata_generation', 'The generation observed by the HorizontalPodAutoscaler controller.', ({ metadata }) => metadata.generation ?? 0),
  figure('kube_horizontalpodautoscaler_spec_max_replicas', 'Upper limit for the number of pods that can be set by the autoscaler; cannot be smaller than MinReplicas.', ({ spec }) => spec?.maxReplicas),
  figure('kube_horizontalpodautoscaler_spec_min_replicas', 'Lower limit for the number of pods that can be set by the autoscaler, default 1.', ({ spec }) => spec?.minReplicas ?? 1),
  figure('kube_horizontalpodautoscaler_status_current_replicas', 'Current number of replicas of pods managed by this autoscaler.', ({ status }) => status?.currentReplicas ?? 0),
  figure('kube_horizontalpodautoscaler_status_desired_replicas', 'Desired number of replicas of pods managed by this autoscaler.', ({ status }) => status?.desiredReplicas ?? 0),
  gauge('kube_horizontalpodautoscaler_status_condition', 'The condition of this autoscaler.', ({ status }) => (status?.conditions ?? []).flatMap(({ type, status: holds }) => statusSamples(holds, { condition: type }, 'status'))),
  ...lifeFamilies<Autoscaler>('kube_horizontalpodautoscaler'),
];

export const autoscalers: StateKind<Autoscaler> = { resource: autoscalingV2Resources.horizontalpodautoscalers, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, horizontalpodautoscaler: name }), families };
