import { formatTime } from '@kubernode/apimachinery';
import type { autoscalingV2 } from '@kubernode/api';

type Condition = autoscalingV2.HorizontalPodAutoscalerCondition;

/** What a condition says, without its time. */
export interface Statement { type: 'AbleToScale' | 'ScalingActive' | 'ScalingLimited'; status: 'True' | 'False'; reason: string; message: string }

/** Each statement in its condition's place, or last; the time is that of the last change of status. */
export function withStatements(conditions: readonly Condition[], statements: readonly Statement[], nowMs: number): Condition[] {
  const result = [...conditions];
  for (const { type, status, reason, message } of statements) {
    const at = result.findIndex((one) => one.type === type);
    const known = result[at];
    const lastTransitionTime = known?.status === status ? known.lastTransitionTime : formatTime(nowMs);
    const made: Condition = { type, status, ...(lastTransitionTime !== undefined && { lastTransitionTime }), reason, message };
    if (known === undefined) result.push(made);
    else result[at] = made;
  }
  return result;
}

export function ableToScale(reason: string, message: string, status: Statement['status'] = 'True'): Statement { return { type: 'AbleToScale', status, reason, message }; }

export function scalingActive(reason: string, message: string, status: Statement['status'] = 'True'): Statement { return { type: 'ScalingActive', status, reason, message }; }

export function scalingLimited(reason: string, message: string, status: Statement['status']): Statement { return { type: 'ScalingLimited', status, reason, message }; }
