import { appsV1Resources } from '@kubernode/api';
import type { appsV1 } from '@kubernode/api';
import { figure, gauge, moment, ownerSamples, type Family, type StateKind } from '../family.ts';

type ReplicaSet = appsV1.ReplicaSet;

const families: readonly Family<ReplicaSet>[] = [
  moment('kube_replicaset_created', 'Unix creation timestamp', ({ metadata }) => metadata.creationTimestamp),
  figure('kube_replicaset_status_replicas', 'The number of replicas per ReplicaSet.', ({ status }) => status?.replicas ?? 0),
  figure('kube_replicaset_status_fully_labeled_replicas', 'The number of fully labeled replicas per ReplicaSet.', ({ status }) => status?.fullyLabeledReplicas ?? 0),
  figure('kube_replicaset_status_ready_replicas', 'The number of ready replicas per ReplicaSet.', ({ status }) => status?.readyReplicas ?? 0),
  figure('kube_replicaset_status_terminating_replicas', 'The number of terminating replicas per ReplicaSet.', ({ status }) => status?.terminatingReplicas),
  figure('kube_replicaset_status_observed_generation', 'The generation observed by the ReplicaSet controller.', ({ status }) => status?.observedGeneration ?? 0),
  figure('kube_replicaset_spec_replicas', 'Number of desired pods for a ReplicaSet.', ({ spec }) => spec?.replicas),
  figure('kube_replicaset_metadata_generation', 'Sequence number representing a specific generation of the desired state.', ({ metadata }) => metadata.generation ?? 0),
  gauge('kube_replicaset_owner', "Information about the ReplicaSet's owner.", ownerSamples),
];

export const replicaSets: StateKind<ReplicaSet> = { resource: appsV1Resources.replicasets, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, replicaset: name }), families };
