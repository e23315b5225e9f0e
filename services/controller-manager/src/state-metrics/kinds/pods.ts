import { coreV1Resources } from '@kubernode/api';
import type { coreV1 } from '@kubernode/api';
import { choiceSamples, figure, gauge, info, lifeFamilies, moment, ownerSamples, statusSamples, unixSeconds, type Family, type Sample, type StateKind } from '../family.ts';
import { containerFamilies } from './pod-containers.ts';

type Pod = coreV1.Pod;

const PHASES = ['Pending', 'Succeeded', 'Failed', 'Unknown', 'Running'];
const QOS_CLASSES = ['BestEffort', 'Burstable', 'Guaranteed'];
/** Reasons of the pod, its conditions and its ended containers that are told by name. */
const REASONS = ['Evicted', 'NodeAffinity', 'NodeLost', 'PreemptionByScheduler', 'SchedulingGated', 'Shutdown', 'TerminationByKubelet', 'UnexpectedAdmissionError'];

const families: readonly Family<Pod>[] = [
  info('kube_pod_info', 'Information about pod.', ({ metadata, spec, status }) => {
    const creator = metadata.ownerReferences?.find(({ controller }) => controller === true);
    return {
      host_ip: status?.hostIP ?? '', pod_ip: status?.podIP ?? '', node: spec?.nodeName ?? '', created_by_kind: creator?.kind ?? '', created_by_name: creator?.name ?? '',
      priority_class: spec?.priorityClassName ?? '', host_network: String(spec?.hostNetwork === true),
    };
  }),
  gauge('kube_pod_ips', 'Pod IP addresses', ({ status }) => (status?.podIPs ?? []).map(({ ip }) => ({ labels: { ip, ip_family: ip.includes(':') ? '6' : '4' }, value: 1 }))),
  moment('kube_pod_start_time', 'Start time in unix timestamp for a pod.', ({ status }) => status?.startTime),
  figure('kube_pod_completion_time', 'Completion time in unix timestamp for a pod.', completionTime),
  gauge('kube_pod_owner', "Information about the Pod's owner.", ownerSamples),
  ...lifeFamilies<Pod>('kube_pod'),
  info('kube_pod_restart_policy', 'Describes the restart policy in use by this pod.', ({ spec }) => ({ type: spec?.restartPolicy ?? '' })),
  info('kube_pod_scheduler', 'The scheduler for a pod.', ({ spec }) => ({ name: spec?.schedulerName ?? '' })),
  info('kube_pod_service_account', 'The service account for a pod.', ({ spec }) => ({ service_account: spec?.serviceAccountName ?? '' })),
  gauge('kube_pod_spec_volumes_persistentvolumeclaims_info', 'Information about persistentvolumeclaim and ephemeral volumes in a pod.', claimSamples),
  gauge('kube_pod_spec_volumes_persistentvolumeclaims_readonly', 'Describes whether a persistentvolumeclaim is mounted read only.', (pod) => claimSamples(pod).map(({ labels = {} }) => ({ labels, value: Number(isReadOnly(pod, labels['volume'])) }))),
  gauge('kube_pod_tolerations', 'Information about the pod tolerations', ({ spec }) => (spec?.tolerations ?? []).map(({ key = '', operator = '', value = '', effect = '', tolerationSeconds }) => ({ labels: { key, operator, value, effect, toleration_seconds: tolerationSeconds === undefined ? '' : String(tolerationSeconds) }, value: 1 }))),
  gauge('kube_pod_status_phase', 'The pods current phase.', ({ status }) => choiceSamples('phase', PHASES, status?.phase)),
  gauge('kube_pod_status_qos_class', 'The pods current qosClass.', ({ status }) => choiceSamples('qos_class', QOS_CLASSES, status?.qosClass)),
  gauge('kube_pod_status_ready', 'Describes whether the pod is ready to serve requests.', (pod) => conditionSamples(pod, 'Ready')),
  moment('kube_pod_status_ready_time', 'Readiness achieved time in unix timestamp for a pod.', (pod) => heldSince(pod, 'Ready')),
  moment('kube_pod_status_initialized_time', 'Initialized time in unix timestamp for a pod.', (pod) => heldSince(pod, 'Initialized')),
  moment('kube_pod_status_container_ready_time', 'Readiness achieved time in unix timestamp for a pod containers.', (pod) => heldSince(pod, 'ContainersReady')),
  gauge('kube_pod_status_scheduled', 'Describes the status of the scheduling process for the pod.', (pod) => conditionSamples(pod, 'PodScheduled')),
  moment('kube_pod_status_scheduled_time', 'Unix timestamp when pod moved into scheduled status', (pod) => heldSince(pod, 'PodScheduled')),
  figure('kube_pod_status_unschedulable', 'Describes the unschedulable status for the pod.', (pod) => conditionOf(pod, 'PodScheduled')?.status === 'False' || undefined),
  gauge('kube_pod_status_reason', 'The pod status reasons', reasonSamples),
  ...containerFamilies('container', { given: ({ spec }) => spec?.containers, seen: ({ status }) => status?.containerStatuses }),
  ...containerFamilies('init_container', { given: ({ spec }) => spec?.initContainers, seen: ({ status }) => status?.initContainerStatuses }),
];

export const pods: StateKind<Pod> = {
  resource: coreV1Resources.pods,
  identity: ({ metadata: { namespace = '', name, uid = '' } }) => ({ namespace, pod: name, uid }),
  families,
};

function conditionOf({ status }: Readonly<Pod>, type: string): coreV1.PodCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function conditionSamples(pod: Readonly<Pod>, type: string): readonly Sample[] {
  const condition = conditionOf(pod, type);
  return condition === undefined ? [] : statusSamples(condition.status, {}, 'condition');
}

function heldSince(pod: Readonly<Pod>, type: string): string | undefined {
  const condition = conditionOf(pod, type);
  return condition?.status === 'True' ? condition.lastTransitionTime : undefined;
}

/** When the last of the containers that ended did. */
function completionTime({ status }: Readonly<Pod>): number | undefined {
  const ends = (status?.containerStatuses ?? []).map(({ state }) => unixSeconds(state?.terminated?.finishedAt) ?? 0);
  return Math.max(0, ...ends) || undefined;
}

function claimSamples({ metadata, spec }: Readonly<Pod>): readonly Sample[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim: claim, ephemeral }) => {
    if (claim !== undefined) return [{ labels: { volume: name, persistentvolumeclaim: claim.claimName, ephemeral: 'false' }, value: 1 }];
    return ephemeral === undefined ? [] : [{ labels: { volume: name, persistentvolumeclaim: `${metadata.name}-${name}`, ephemeral: 'true' }, value: 1 }];
  });
}

function isReadOnly({ spec }: Readonly<Pod>, volume: string | undefined): boolean {
  return spec?.volumes?.find(({ name }) => name === volume)?.persistentVolumeClaim?.readOnly === true;
}

function reasonSamples({ status = {} }: Readonly<Pod>): readonly Sample[] {
  const { reason = '', conditions = [], containerStatuses = [] } = status;
  const told = new Set([reason, ...conditions.map((condition) => condition.reason), ...containerStatuses.map(({ state }) => state?.terminated?.reason)]);
  const reasons = REASONS.filter((one) => told.has(one));
  return [...reasons, ...(reason !== '' && !REASONS.includes(reason) ? ['Other'] : [])].map((one) => ({ labels: { reason: one }, value: 1 }));
}
