import { type Pod, qosClass } from '../pod/pod-facts.ts';
import { isCriticalPod } from '../pod/pod-origin.ts';
import type { PressureCondition } from './signals.ts';

const MEMORY_PRESSURE_TAINT = 'node.kubernetes.io/memory-pressure';

/** Why a node under pressure takes no such pod; undefined when it does. Memory pressure keeps out pods that asked for nothing, all else keeps out all. */
export function refusalUnderPressure(pod: Pod, conditions: readonly PressureCondition[]): { reason: string; message: string } | undefined {
  if (conditions.length === 0 || isCriticalPod(pod)) return undefined;
  const memoryOnly = conditions.length === 1 && conditions[0] === 'MemoryPressure';
  if (memoryOnly && (qosClass(pod) !== 'BestEffort' || toleratesMemoryPressure(pod))) return undefined;
  return { reason: 'Evicted', message: `The node had condition: [${conditions.join(' ')}]. ` };
}

function toleratesMemoryPressure(pod: Pod): boolean {
  return (pod.spec?.tolerations ?? []).some(({ key = '', operator = 'Equal', value = '', effect = '' }) => {
    if (effect !== '' && effect !== 'NoSchedule') return false;
    if (key === '') return operator === 'Exists';
    return key === MEMORY_PRESSURE_TAINT && (operator === 'Exists' || value === '');
  });
}
