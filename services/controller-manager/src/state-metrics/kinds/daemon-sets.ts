import { appsV1Resources } from '@kubernode/api';
import type { appsV1 } from '@kubernode/api';
import { figure, lifeFamilies, type Family, type StateKind } from '../family.ts';

type DaemonSet = appsV1.DaemonSet;

const families: readonly Family<DaemonSet>[] = [
  ...lifeFamilies<DaemonSet>('kube_daemonset'),
  figure('kube_daemonset_status_current_number_scheduled', 'The number of nodes running at least one daemon pod and are supposed to.', ({ status }) => status?.currentNumberScheduled ?? 0),
  figure('kube_daemonset_status_desired_number_scheduled', 'The number of nodes that should be running the daemon pod.', ({ status }) => status?.desiredNumberScheduled ?? 0),
  figure('kube_daemonset_status_number_available', 'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available', ({ status }) => status?.numberAvailable ?? 0),
  figure('kube_daemonset_status_number_misscheduled', 'The number of nodes running a daemon pod but are not supposed to.', ({ status }) => status?.numberMisscheduled ?? 0),
  figure('kube_daemonset_status_number_ready', 'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and ready.', ({ status }) => status?.numberReady ?? 0),
  figure('kube_daemonset_status_number_unavailable', 'The number of nodes that should be running the daemon pod and have none of the daemon pod running and available', ({ status }) => status?.numberUnavailable ?? 0),
  figure('kube_daemonset_status_observed_generation', 'The most recent generation observed by the daemon set controller.', ({ status }) => status?.observedGeneration ?? 0),
  figure('kube_daemonset_status_updated_number_scheduled', 'The total number of nodes that are running updated daemon pod', ({ status }) => status?.updatedNumberScheduled ?? 0),
  figure('kube_daemonset_metadata_generation', 'Sequence number representing a specific generation of the desired state.', ({ metadata }) => metadata.generation ?? 0),
];

export const daemonSets: StateKind<DaemonSet> = { resource: appsV1Resources.daemonsets, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, daemonset: name }), families };
