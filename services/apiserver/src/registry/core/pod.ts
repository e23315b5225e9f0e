import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { defaultPodSpec } from './pod-spec-defaults.ts';
import { podQosClass } from './pod-qos.ts';
import { validatePod, validatePodUpdate } from './pod-validation.ts';

type Pod = coreV1.Pod & KubeObject;

/** Pods: the only kind whose spec the server fills from limits and ports, and which dies gracefully. */
export const podStrategy: Strategy<Pod> = {
  defaults: defaultPod,
  prepareForCreate(pod) {
    pod.status = { phase: 'Pending', qosClass: podQosClass(pod.spec) };
    for (const gate of pod.spec?.schedulingGates ?? []) if (gate.name !== '') pod.status.conditions = [schedulingGated()];
  },
  prepareForUpdate(pod, old, { subresource }) {
    if (subresource === '' && old.status !== undefined) pod.status = structuredClone(old.status) as coreV1.PodStatus; // a private copy
    if (subresource === 'status') keepWhatStatusMayNotChange(pod, old);
  },
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  selectableFields: ({ spec, status }) => ({
    'spec.nodeName': spec?.nodeName ?? '', 'spec.restartPolicy': spec?.restartPolicy ?? '', 'spec.schedulerName': spec?.schedulerName ?? '', 'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec?.hostNetwork === true), 'status.phase': status?.phase ?? '', 'status.podIP': status?.podIPs?.[0]?.ip ?? status?.podIP ?? '', 'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  }),
  generationFields: ['spec'],
  returnsDeletedObject: true,
  gracePeriodSeconds: podGrace,
};

function defaultPod(pod: Pod): void {
  const { spec } = pod;
  if (spec === undefined) return;
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  for (const container of [...spec.initContainers ?? [], ...spec.containers ?? []]) {
    requestWhatIsLimited(container.resources);
    if (spec.hostNetwork === true) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
  requestWhatIsLimited(spec.resources);
}

/** A limit without a request is a request, too. */
function requestWhatIsLimited(resources: coreV1.ResourceRequirements | undefined): void {
  if (resources?.limits === undefined) return;
  const requests = { ...resources.requests };
  for (const [name, quantity] of Object.entries(resources.limits)) requests[name] ??= quantity;
  resources.requests = requests;
}

function schedulingGated(): coreV1.PodCondition {
  return { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates', lastProbeTime: null, lastTransitionTime: null } as unknown as coreV1.PodCondition; // times are null until a scheduler writes them
}

/** The node that runs it fixed some facts; status updates may not take them back. */
function keepWhatStatusMayNotChange(pod: Pod, old: Readonly<Pod>): void {
  if (old.status?.qosClass !== undefined && pod.status !== undefined) pod.status.qosClass ??= old.status.qosClass;
}

/** How long a pod may take to stop: what the client says, else what the pod says; nothing for pods that run nowhere. */
function podGrace({ spec, status }: Readonly<Pod>, requested: number | undefined): number {
  if (!spec?.nodeName) return 0;
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
  return requested ?? Math.max(spec.terminationGracePeriodSeconds ?? 30, 0);
}
