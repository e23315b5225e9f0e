import type { coreV1 } from '@kubernode/api';
import { formatTime } from '@kubernode/apimachinery';

type Conditions = readonly Readonly<coreV1.PodCondition>[];

/** The conditions of a pod with this one: where it stood before, since when its status is what it is. */
export function withPodCondition(conditions: Conditions, given: Pick<coreV1.PodCondition, 'type' | 'status' | 'reason' | 'message'>, now: number): coreV1.PodCondition[] {
  const before = conditions.find(({ type }) => type === given.type);
  const lastTransitionTime = before?.status === given.status && before.lastTransitionTime !== undefined ? before.lastTransitionTime : formatTime(now);
  const condition = { ...given, lastProbeTime: null as never, lastTransitionTime }; // Kubernetes shows times that are not set as null
  return before === undefined ? [...conditions, condition] : conditions.map((one) => (one === before ? condition : one));
}
