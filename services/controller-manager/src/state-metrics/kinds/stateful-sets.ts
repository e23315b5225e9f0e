import { appsV1Resources } from '@kubernode/api';
import type { appsV1 } from '@kubernode/api';
import { figure, gauge, info, lifeFamilies, type Family, type StateKind } from '../family.ts';

type StatefulSet = appsV1.StatefulSet;

const families: readonly Family<StatefulSet>[] = [
  ...lifeFamilies<StatefulSet>('kube_statefulset'),
  figure('kube_statefulset_status_replicas', 'The number of replicas per StatefulSet.', ({ status }) => status?.replicas ?? 0),
  figure('kube_statefulset_status_replicas_available', 'The number of available replicas per StatefulSet.', ({ status }) => status?.availableReplicas ?? 0),
  figure('kube_statefulset_status_replicas_current', 'The number of current replicas per StatefulSet.', ({ status }) => status?.currentReplicas ?? 0),
  figure('kube_statefulset_status_replicas_ready', 'The number of ready replicas per StatefulSet.', ({ status }) => status?.readyReplicas ?? 0),
  figure('kube_statefulset_status_replicas_updated', 'The number of updated replicas per StatefulSet.', ({ status }) => status?.updatedReplicas ?? 0),
  figure('kube_statefulset_status_observed_generation', 'The generation observed by the StatefulSet controller.', ({ status }) => status?.observedGeneration ?? 0),
  figure('kube_statefulset_replicas', 'Number of desired pods for a StatefulSet.', ({ spec }) => spec?.replicas),
  figure('kube_statefulset_ordinals_start', 'Start ordinal of the StatefulSet.', ({ spec }) => (spec?.ordinals === undefined ? undefined : spec.ordinals.start ?? 0)),
  figure('kube_statefulset_metadata_generation', 'Sequence number representing a specific generation of the desired state for the StatefulSet.', ({ metadata }) => metadata.generation ?? 0),
  gauge('kube_statefulset_persistentvolumeclaim_retention_policy', 'Count of retention policy for StatefulSet template PVCs', ({ spec }) => {
    const { whenDeleted = '', whenScaled = '' } = spec?.persistentVolumeClaimRetentionPolicy ?? {};
    return whenDeleted === '' && whenScaled === '' ? [] : [{ labels: { when_deleted: whenDeleted, when_scaled: whenScaled }, value: 1 }];
  }),
  info('kube_statefulset_status_current_revision', 'Indicates the version of the StatefulSet used to generate Pods in the sequence [0,currentReplicas).', ({ status }) => ({ revision: status?.currentRevision ?? '' })),
  info('kube_statefulset_status_update_revision', 'Indicates the version of the StatefulSet used to generate Pods in the sequence [replicas-updatedReplicas,replicas)', ({ status }) => ({ revision: status?.updateRevision ?? '' })),
];

export const statefulSets: StateKind<StatefulSet> = { resource: appsV1Resources.statefulsets, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, statefulset: name }), families };
