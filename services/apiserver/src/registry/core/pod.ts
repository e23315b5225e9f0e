import type { coreV1 } from '@kubernode/api';
import { dnsLabelFaults, formatTime, type KubeObject } from '@kubernode/apimachinery';
import { ipWarnings } from '../shared/legacy-ip-rules.ts';
import { defaultPodSpec, dropDeadAnnotations } from '../shared/pod-spec/defaults.ts';
import { containersOf } from '../shared/pod-spec/container-visitor.ts';
import { dropUnservedFields } from '../shared/pod-spec/dropped-fields.ts';
import { mergeMatchLabelKeys } from '../shared/pod-spec/match-label-keys.ts';
import { defaultPodResources } from '../shared/pod-spec/pod-resources.ts';
import { APP_ARMOR_CONTAINER, appArmorFaults, appArmorOfAnnotation } from '../shared/pod-spec/security-profiles.ts';
import { podWarnings } from '../shared/pod-spec/warnings.ts';
import type { Strategy, StrategyContext } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';
import { keepAllButEphemeralContainers, ephemeralContainerFaults } from './pod/ephemeral-containers.ts';
import { keepAllButResources, resizeFaults } from './pod/pod-resize.ts';
import { podCreateFaults } from './pod/pod-rules.ts';
import { prepareStatus, statusFaults } from './pod/pod-status-rules.ts';
import { podUpdateFaults } from './pod/pod-update-rules.ts';
import { podQosClass } from './pod-qos.ts';

type Pod = coreV1.Pod & KubeObject;

/** Pods: the only kind whose spec the server fills from limits and ports, and which dies gracefully. */
export const podStrategy: Strategy<Pod> = {
  judgesMetadataAgain: true,
  defaults: defaultPod,
  prepareForCreate,
  prepareForUpdate(pod, old, { subresource }) {
    if (subresource === 'status') prepareStatus(pod, old);
    if (subresource === 'ephemeralcontainers') keepAllButEphemeralContainers(pod, old);
    if (subresource === 'resize') keepAllButResources(pod, old);
    if (pod.spec !== undefined && subresource !== 'status') dropUnservedFields(pod.spec); // a status leaves the spec as it is
  },
  validate: podCreateFaults,
  validateUpdate(pod, old, { subresource }) {
    switch (subresource) {
      case 'status': return statusFaults(pod, old);
      case 'ephemeralcontainers': return ephemeralContainerFaults(pod, old);
      case 'resize': return resizeFaults(pod, old);
      default: return podUpdateFaults(pod, old);
    }
  },
  warnings: (pod, old, { subresource }) => (old === undefined ? createWarnings(pod) : subresource === 'status' ? addressWarnings(pod) : []),
  selectableFields: ({ spec, status }) => ({
    'spec.nodeName': spec?.nodeName ?? '', 'spec.restartPolicy': spec?.restartPolicy ?? '', 'spec.schedulerName': spec?.schedulerName ?? '', 'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec?.hostNetwork === true), 'status.phase': status?.phase ?? '', 'status.podIP': status?.podIPs?.[0]?.ip ?? '', 'status.nominatedNodeName': status?.nominatedNodeName ?? '',
    'status.podIPs': '', // may be named, and has no value
  }),
  generationFields: ['spec'],
  returnsDeletedObject: true,
  gracePeriodSeconds: podGrace,
};

function defaultPod(pod: Pod): void {
  const { spec } = pod;
  if (spec === undefined) return;
  defaultPodSpec(spec);
  dropDeadAnnotations(pod.metadata);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1; // in pods alone; templates keep what they say
  spec.enableServiceLinks ??= true;
  for (const container of [...spec.initContainers ?? [], ...spec.containers ?? []]) {
    requestWhatIsLimited(container.resources);
    if (spec.hostNetwork === true) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
  defaultPodResources(spec);
  mirrorPodIp(pod.status);
}

/** A limit without a request is a request, too. */
function requestWhatIsLimited(resources: coreV1.ResourceRequirements | undefined): void {
  if (resources?.limits === undefined) return;
  const requests = { ...resources.requests };
  for (const [name, quantity] of Object.entries(resources.limits)) requests[name] ??= quantity;
  resources.requests = requests;
}

/** The single address is the first of the list, whichever of both was written. */
function mirrorPodIp(status: coreV1.PodStatus | undefined): void {
  if (status === undefined) return;
  const first = status.podIPs?.[0]?.ip;
  if (status.podIP && first !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && first !== undefined) status.podIP = first;
}

function prepareForCreate(pod: Pod, { now }: StrategyContext): void {
  const { spec, metadata } = pod;
  pod.status = { phase: 'Pending', qosClass: podQosClass(spec) };
  if (spec === undefined) return;
  dropUnservedFields(spec);
  if ((spec.schedulingGates ?? []).length > 0) pod.status.conditions = [schedulingGated(now)];
  mergeMatchLabelKeys(spec, metadata.labels);
  takeAppArmorAnnotations(pod);
}

function schedulingGated(now: number): coreV1.PodCondition {
  return { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates', lastProbeTime: null, lastTransitionTime: formatTime(now) } as unknown as coreV1.PodCondition; // the time is null until it is probed
}

/** Profiles that are still named by annotations get into the fields that nodes read. */
function takeAppArmorAnnotations({ metadata, spec }: Pod): void {
  if (spec === undefined || spec.os?.name === 'windows') return;
  for (const [container] of containersOf(spec, '')) {
    const profile = appArmorField(metadata.annotations?.[`${APP_ARMOR_CONTAINER}${container.name}`]);
    if (profile === undefined || container.securityContext?.appArmorProfile !== undefined || jsonEquals(profile, spec.securityContext?.appArmorProfile)) continue;
    container.securityContext = { ...container.securityContext, appArmorProfile: profile };
  }
}

function appArmorField(annotation: string | undefined): coreV1.AppArmorProfile | undefined {
  const profile = annotation === undefined ? undefined : appArmorOfAnnotation(annotation);
  return appArmorFaults(profile, '').length > 0 ? undefined : profile;
}

function createWarnings(pod: Readonly<Pod>): string[] {
  const faults = dnsLabelFaults(pod.metadata.name);
  const name = faults.length === 0 ? [] : [`metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${faults.join(' ')}]`];
  return [...appArmorWarnings(pod), ...name, ...podWarnings(pod.spec, pod.metadata.annotations, { prefix: '', isTemplate: false })];
}

function appArmorWarnings({ metadata, spec }: Readonly<Pod>): string[] {
  if (spec === undefined || spec.os?.name === 'windows') return [];
  return containersOf(spec, '').flatMap(([{ name, securityContext }]) => {
    const key = `${APP_ARMOR_CONTAINER}${name}`;
    const annotation = metadata.annotations?.[key];
    if (annotation === undefined) return [];
    const field = appArmorField(annotation);
    const taken = field !== undefined && jsonEquals(field, securityContext?.appArmorProfile);
    return field === undefined || taken ? [`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`] : [];
  });
}

function addressWarnings({ status }: Readonly<Pod>): string[] {
  return [
    ...(status?.podIPs ?? []).flatMap(({ ip }, index) => ipWarnings(ip, `status.podIPs[${index}].ip`)), ...(status?.hostIPs ?? []).flatMap(({ ip }, index) => ipWarnings(ip, `status.hostIPs[${index}].ip`)),
  ];
}

/** How long a pod may take to stop: what the client says, else what the pod says; nothing for pods that run nowhere. */
function podGrace({ spec, status }: Readonly<Pod>, requested: number | undefined): number {
  if (!spec?.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
  const grace = requested ?? spec.terminationGracePeriodSeconds ?? 0;
  return grace < 0 ? 1 : grace;
}
