import { formatTime } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { conditionOf } from '../../conditions.ts';

type Pod = Readonly<coreV1.Pod>;

/** Whether a pod of a node that is not ready still says something else of itself. */
export function saysOtherwise({ status }: Pod): boolean {
  const ready = conditionOf(status?.conditions, 'Ready');
  return ready !== undefined && ready.status !== 'False';
}

/** Pods of a node that is not heard of are not ready either, whatever they said last; so Services stop sending to them. */
export function notReadyActions(pod: Pod, nowMs: number): Action[] {
  if (!saysOtherwise(pod)) return [];
  const { name, namespace, uid } = pod.metadata;
  const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(nowMs) };
  const told: Action = { do: 'event', about: pod, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' };
  return [{
    do: 'patch', resource: coreV1Resources.pods, target: { name, namespace, subresource: 'status' },
    patch: { type: 'strategic', body: { metadata: { uid }, status: { conditions: [condition] } } },
    then: () => [told], otherwise: ({ reason }) => ({ actions: reason === 'NotFound' ? [] : [told], handled: true }),
  }];
}
