import type { coreV1 } from '@kubernode/api';
import { type Container, couldRestartAll, initContainers, isSidecar, mainContainers, type Pod } from '../pod/pod-facts.ts';
import { toRfc3339 } from './compute-container-statuses.ts';
import type { Phase } from './compute-phase.ts';
import { ALL_CONTAINERS_RESTARTING } from './restart-all.ts';

export interface ConditionInput {
  pod: Pod;
  phase: Phase;
  /** Init and main. */
  statuses: readonly coreV1.ContainerStatus[];
  /** A sandbox with network stands. */
  hasSandbox: boolean;
  /** As last written: times of what has not changed are kept, and so is what others wrote. */
  previous: readonly coreV1.PodCondition[];
  /** The pod's containers are being removed, so that all of them begin anew. */
  restartingAll: boolean;
  /** How a change of resources goes on. */
  resize: readonly coreV1.PodCondition[];
  nowMs: number;
}

type Verdict = Pick<coreV1.PodCondition, 'status' | 'reason' | 'message'>;
const TRUE: Verdict = { status: 'True' };
/** What nobody but the node agent says. A condition of these that is not computed any more is over. */
export const OWN_CONDITIONS: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled', ALL_CONTAINERS_RESTARTING, 'PodResizePending', 'PodResizeInProgress',
]);

/** All conditions of a pod, those of others first. */
export function computeConditions(input: ConditionInput): coreV1.PodCondition[] {
  const others = input.previous.filter(({ type }) => !OWN_CONDITIONS.has(type));
  const containersReady = judgeContainers(input);
  const own: [string, Verdict][] = [
    ['PodReadyToStartContainers', { status: input.hasSandbox ? 'True' : 'False' }],
    ['Initialized', judgeInit(input)],
    ['Ready', containersReady.status === 'True' ? judgeGates(input.pod, others) : containersReady],
    ['ContainersReady', containersReady],
    ['PodScheduled', TRUE],
  ];
  return [...others, ...input.resize, ...own.map(([type, verdict]) => condition(type, verdict, input)), ...restartCondition(input)];
}

/** Shown of pods that could begin anew in their sandbox. It speaks of the moment, so it has no generation. */
function restartCondition(input: ConditionInput): coreV1.PodCondition[] {
  const { pod, phase, restartingAll } = input;
  if (!couldRestartAll(pod)) return [];
  const verdict: Verdict = phase === 'Succeeded' ? { status: 'False', reason: 'PodCompleted' } : phase === 'Failed' ? { status: 'False', reason: 'PodFailed' }
    : restartingAll ? { status: 'True', reason: 'RestartAllContainersStarted', message: 'container exited with restart policy rule' } : { status: 'False' };
  const { observedGeneration: _none, ...shown } = condition(ALL_CONTAINERS_RESTARTING, verdict, input);
  return [shown];
}

function condition(type: string, verdict: Verdict, { pod, previous, nowMs }: ConditionInput): coreV1.PodCondition {
  const before = previous.find((one) => one.type === type);
  const lastTransitionTime = before?.status === verdict.status && before.lastTransitionTime !== undefined ? before.lastTransitionTime : toRfc3339(nowMs);
  return { type, ...verdict, lastTransitionTime, ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }) };
}

function judgeContainers({ pod, phase, statuses }: ConditionInput): Verdict {
  const { unknown, unmet } = sort([...initContainers(pod).filter(isSidecar), ...mainContainers(pod)], statuses, (_, status) => status.ready);
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  return unmetVerdict('ContainersNotReady', { unknown, unmet, word: 'unready' });
}

function judgeInit({ pod, phase, statuses, previous }: ConditionInput): Verdict {
  const { unknown, unmet } = sort(initContainers(pod), statuses, (container, status) => (isSidecar(container) ? status.started === true : status.ready));
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'True', reason: 'PodCompleted' };
  const anyStarted = mainContainers(pod).some(({ name }) => {
    const status = statuses.find((one) => one.name === name);
    return status?.state?.running !== undefined || status?.state?.terminated !== undefined;
  });
  const wasInitialized = previous.some((one) => one.type === 'Initialized' && one.status === 'True' && couldRestartAll(pod));
  return anyStarted || wasInitialized ? TRUE : unmetVerdict('ContainersNotInitialized', { unknown, unmet, word: 'incomplete' });
}

function sort(containers: readonly Container[], statuses: readonly coreV1.ContainerStatus[], isMet: (container: Container, status: coreV1.ContainerStatus) => boolean): { unknown: string[]; unmet: string[] } {
  const unknown: string[] = [];
  const unmet: string[] = [];
  for (const container of containers) {
    const status = statuses.find((one) => one.name === container.name);
    if (status === undefined) unknown.push(container.name);
    else if (!isMet(container, status)) unmet.push(container.name);
  }
  return { unknown, unmet };
}

function unmetVerdict(reason: string, { unknown, unmet, word }: { unknown: readonly string[]; unmet: readonly string[]; word: string }): Verdict {
  const parts = [
    ...(unknown.length > 0 ? [`containers with unknown status: [${unknown.join(' ')}]`] : []),
    ...(unmet.length > 0 ? [`containers with ${word} status: [${unmet.join(' ')}]`] : []),
  ];
  return parts.length === 0 ? TRUE : { status: 'False', reason, message: parts.join(', ') };
}

function judgeGates(pod: Pod, conditions: readonly coreV1.PodCondition[]): Verdict {
  const messages = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = conditions.find(({ type }) => type === conditionType);
    if (found === undefined) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return found.status === 'True' ? [] : [`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`];
  });
  return messages.length === 0 ? TRUE : { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
