import type { batchV1 } from '@kubernode/api';
import { countInBoth, countOf, parseIntervals, type Intervals } from './index-intervals.ts';

/** Which rule, if any, calls the job done with what has succeeded so far. */
export function judgeSuccess({ successPolicy, completions = 0 }: Pick<batchV1.JobSpec, 'successPolicy' | 'completions'>, succeeded: Intervals): string | undefined {
  if (succeeded.length === 0) return undefined;
  const index = successPolicy?.rules.findIndex((rule) => isMet(rule, completions, succeeded)) ?? -1;
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}

function isMet({ succeededIndexes, succeededCount }: batchV1.SuccessPolicyRule, completions: number, succeeded: Intervals): boolean {
  if (succeededIndexes === undefined) return succeededCount !== undefined && countOf(succeeded) >= succeededCount;
  const wanted = parseIntervals(succeededIndexes, completions);
  if (wanted.length === 0) return false;
  const matching = countInBoth(wanted, succeeded);
  return matching === countOf(wanted) || (succeededCount !== undefined && matching >= succeededCount);
}
