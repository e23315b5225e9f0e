import type { coreV1 } from '@kubernode/api';
import { formatTime } from '@kubernode/apimachinery';

/** What to do for a pod now; `none` until something changes. */
export type PodAction =
  | { kind: 'none' }
  | { kind: 'wait'; ms: number }
  | { kind: 'setStatus'; status: coreV1.PodStatus }
  | { kind: 'delete' };

export interface PodView {
  pod: Readonly<coreV1.Pod>;
  podIp: string;
  hostIp: string;
  /** ms since 1970. */
  now: number;
  /** When this pod was first seen to want what it wants now, ms since 1970. */
  since: number;
}

/** How long a simulated container needs from creation to running, and a pod from its deletion to its end, ms. */
export const startDelayMs = 50;
/** How long a container that ends by itself runs, ms. */
const runMs = 1000;

/**
 * The life of a simulated pod: Pending → Running, → Succeeded or Failed when every container's command is one that ends
 * (`exit N`, `true`, `false`) and the restart policy allows it; deleted when asked.
 */
export function decidePod({ pod, podIp, hostIp, now, since }: PodView): PodAction {
  const phase = pod.status?.phase ?? 'Pending';
  if (pod.metadata.deletionTimestamp !== undefined) return now - since < startDelayMs ? { kind: 'wait', ms: startDelayMs - (now - since) } : { kind: 'delete' };
  if (phase === 'Succeeded' || phase === 'Failed') return { kind: 'none' };
  if (phase !== 'Running') {
    const left = startDelayMs - (now - since);
    return left > 0 ? { kind: 'wait', ms: left } : { kind: 'setStatus', status: runningStatus({ pod, podIp, hostIp, now }) };
  }
  const exitCode = exitCodeOf(pod);
  if (exitCode === undefined || pod.spec?.restartPolicy === 'Always' || (pod.spec?.restartPolicy === 'OnFailure' && exitCode !== 0)) return isToldRight(pod) ? { kind: 'none' } : { kind: 'setStatus', status: runningStatus({ pod, podIp: pod.status?.podIP ?? podIp, hostIp, now }) };
  const startedAt = Date.parse(pod.status?.startTime ?? '') || now;
  const left = runMs - (now - startedAt);
  return left > 0 ? { kind: 'wait', ms: left } : { kind: 'setStatus', status: endedStatus({ pod, exitCode, now }) };
}

/** Whether a running pod is said to be ready when it is: others say no while its node is silent, and gates open later. */
function isToldRight(pod: Readonly<coreV1.Pod>): boolean {
  const told = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return told === undefined || told === (areGatesOpen(pod) ? 'True' : 'False');
}

function areGatesOpen(pod: Readonly<coreV1.Pod>): boolean {
  return (pod.spec?.readinessGates ?? []).every((gate) => pod.status?.conditions?.some((one) => one.type === gate.conditionType && one.status === 'True'));
}

/** The exit code with which the pod's commands end by themselves; undefined when one of them runs on. */
function exitCodeOf(pod: Readonly<coreV1.Pod>): number | undefined {
  const codes = (pod.spec?.containers ?? []).map((container) => {
    const words = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
    if (/\bsleep\b/.test(words)) return undefined;
    const exit = /\bexit (\d+)/.exec(words)?.[1];
    if (exit !== undefined) return Number(exit);
    return /(^|[\s/])true$/.test(words) ? 0 : /(^|[\s/])false$/.test(words) ? 1 : undefined;
  });
  if (codes.some((code) => code === undefined)) return undefined;
  return codes.find((code) => code !== 0) ?? 0;
}

interface Ending { reason: string; message?: string }

function condition(pod: Readonly<coreV1.Pod>, { type, status, now, ending }: { type: string; status: 'True' | 'False'; now: number; ending?: Ending | undefined }): coreV1.PodCondition {
  const before = pod.status?.conditions?.find((one) => one.type === type && one.status === status);
  return {
    type, status, lastProbeTime: null as unknown as string, // written as null by kubelets
    lastTransitionTime: before?.lastTransitionTime ?? formatTime(now),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }), ...ending,
  };
}

function runningStatus({ pod, podIp, hostIp, now }: Pick<PodView, 'pod' | 'podIp' | 'hostIp' | 'now'>): coreV1.PodStatus {
  const startedAt = pod.status?.startTime ?? formatTime(now);
  const gatesOpen = areGatesOpen(pod);
  const ip = pod.spec?.hostNetwork === true ? hostIp : podIp;
  const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  return {
    phase: 'Running', startTime: startedAt, hostIP: hostIp, hostIPs: [{ ip: hostIp }], podIP: ip, podIPs: [{ ip }],
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    conditions: types.map((type) => condition(pod, { type, now, status: type === 'Ready' && !gatesOpen ? 'False' : 'True', ending: type === 'Ready' && !gatesOpen ? { reason: 'ReadinessGatesNotReady' } : undefined })),
    containerStatuses: (pod.spec?.containers ?? []).map((one) => ({ ...containerBase(pod, one), ready: true, started: true, state: { running: { startedAt } } })),
    ...initStatuses(pod, startedAt),
  };
}

function endedStatus({ pod, exitCode, now }: { pod: Readonly<coreV1.Pod>; exitCode: number; now: number }): coreV1.PodStatus {
  const finishedAt = formatTime(now);
  const startedAt = pod.status?.startTime ?? finishedAt;
  const ending: Ending = { reason: exitCode === 0 ? 'PodCompleted' : 'PodFailed' };
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    conditions: [
      condition(pod, { type: 'PodReadyToStartContainers', status: 'False', now }),
      condition(pod, { type: 'Initialized', status: 'True', now, ending: exitCode === 0 ? ending : undefined }),
      condition(pod, { type: 'Ready', status: 'False', now, ending }),
      condition(pod, { type: 'ContainersReady', status: 'False', now, ending }),
      condition(pod, { type: 'PodScheduled', status: 'True', now }),
    ],
    containerStatuses: (pod.spec?.containers ?? []).map((one) => ({
      ...containerBase(pod, one), ready: false, started: false, state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt, containerID: containerId(pod, one.name) } },
    })),
    ...initStatuses(pod, startedAt),
  };
}

/** Stable over the pod's life, unique in the cluster. */
const containerId = (pod: Readonly<coreV1.Pod>, name: string): string => `simulated://${pod.metadata.uid ?? ''}/${name}`;

function containerBase(pod: Readonly<coreV1.Pod>, { name, image = '' }: Readonly<coreV1.Container>): Pick<coreV1.ContainerStatus, 'name' | 'image' | 'imageID' | 'containerID' | 'restartCount'> {
  return { name, image, imageID: image, containerID: containerId(pod, name), restartCount: 0 };
}

/** Init containers have ended well; those that restart (sidecars) run on. */
function initStatuses(pod: Readonly<coreV1.Pod>, startedAt: string): Pick<coreV1.PodStatus, 'initContainerStatuses'> {
  if (pod.spec?.initContainers === undefined || pod.spec.initContainers.length === 0) return {};
  return {
    initContainerStatuses: pod.spec.initContainers.map((one) => (one.restartPolicy === 'Always'
      ? { ...containerBase(pod, one), ready: true, started: true, state: { running: { startedAt } } }
      : { ...containerBase(pod, one), ready: true, started: false, state: { terminated: { exitCode: 0, reason: 'Completed', startedAt, finishedAt: startedAt, containerID: containerId(pod, one.name) } } })),
  };
}
