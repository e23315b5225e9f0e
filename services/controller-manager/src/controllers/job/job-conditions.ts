import { formatTime } from '@kubernode/apimachinery';
import type { batchV1 } from '@kubernode/api';
import { conditionOf } from '../conditions.ts';

type Condition = batchV1.JobCondition;

/** What a condition says, without the times. */
export interface Statement { type: string; status: 'True' | 'False'; reason: string; message: string }

/** Sets a condition in its place, or last; the same list when it says so already, or says nothing to a first denial. */
export function withStatement(conditions: readonly Condition[], statement: Statement, nowMs: number): readonly Condition[] {
  const known = conditionOf(conditions, statement.type);
  const { type, status, reason, message } = statement;
  if (known === undefined ? status === 'False' : known.status === status && known.reason === reason && known.message === message) return conditions;
  const time = formatTime(nowMs);
  const made: Condition = { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
  return known === undefined ? [...conditions, made] : conditions.map((one) => (one === known ? made : one));
}

/** Whether the job is held, said when that changes. */
export function suspensionOf({ spec }: Readonly<batchV1.Job>): Statement {
  return spec?.suspend === true
    ? { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }
    : { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' };
}
