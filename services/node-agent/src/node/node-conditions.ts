import type { coreV1 } from '@kubernode/api';
import type { PressureCondition } from '../eviction/signals.ts';

export interface NodeHealth {
  /** Why the node is not ready, in the runtime's and the node's words; none when it is. */
  problems: readonly string[];
  pressure: readonly PressureCondition[];
}

interface Words { reason: string; message: string; event: string }

const PRESSURES: readonly { type: PressureCondition; yes: Words; no: Words }[] = [
  {
    type: 'MemoryPressure',
    yes: { reason: 'KubeletHasInsufficientMemory', message: 'kubelet has insufficient memory available', event: 'NodeHasInsufficientMemory' },
    no: { reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available', event: 'NodeHasSufficientMemory' },
  },
  {
    type: 'DiskPressure',
    yes: { reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure', event: 'NodeHasDiskPressure' },
    no: { reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure', event: 'NodeHasNoDiskPressure' },
  },
  {
    type: 'PIDPressure',
    yes: { reason: 'KubeletHasInsufficientPID', message: 'kubelet has insufficient PID available', event: 'NodeHasInsufficientPID' },
    no: { reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available', event: 'NodeHasSufficientPID' },
  },
];

export interface ConditionsInput { health: NodeHealth; previous: readonly coreV1.NodeCondition[]; /** RFC 3339. */ now: string }

/** The node agent's own conditions, Ready last. */
export function computeNodeConditions({ health, previous, now }: ConditionsInput): coreV1.NodeCondition[] {
  const verdicts = [
    ...PRESSURES.map(({ type, yes, no }) => ({ type, status: health.pressure.includes(type) ? 'True' : 'False', ...wordsOf(health.pressure.includes(type) ? yes : no) })),
    isReady(health) ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' } : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: aggregate(health.problems) },
  ];
  return verdicts.map((verdict) => {
    const before = previous.find(({ type }) => type === verdict.type);
    const lastTransitionTime = before?.status === verdict.status && before.lastTransitionTime !== undefined ? before.lastTransitionTime : now;
    return { ...verdict, lastHeartbeatTime: now, lastTransitionTime };
  });
}

export function isReady({ problems }: NodeHealth): boolean { return problems.length === 0; }

/** The events that tell of conditions which are not as they were; all of them at first sight. */
export function conditionEvents(before: readonly coreV1.NodeCondition[], after: readonly coreV1.NodeCondition[]): readonly string[] {
  return after.filter(({ type, status }) => before.find((one) => one.type === type)?.status !== status).flatMap(({ type, status }) => {
    if (type === 'Ready') return [status === 'True' ? 'NodeReady' : 'NodeNotReady'];
    const words = PRESSURES.find((one) => one.type === type);
    return words === undefined ? [] : [(status === 'True' ? words.yes : words.no).event];
  });
}

const wordsOf = ({ reason, message }: Words): { reason: string; message: string } => ({ reason, message });

/** Several faults at once stand in brackets. */
function aggregate(problems: readonly string[]): string {
  const distinct = [...new Set(problems)];
  return distinct.length === 1 ? distinct[0] ?? '' : `[${distinct.join(', ')}]`;
}
