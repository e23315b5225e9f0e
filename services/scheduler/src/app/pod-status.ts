import { formatTime } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Client } from '@kubernode/client';

type Pod = Readonly<coreV1.Pod>;

export interface StatusUpdate {
  condition?: { reason: 'Unschedulable' | 'SchedulerError'; message: string };
  /** '' takes it back; undefined leaves it as it is. */
  nominated?: string | undefined;
}

/** What has to be written so that the pod's status says this; undefined when it says so already. */
export function statusPatch({ metadata, status }: Pod, { condition, nominated }: StatusUpdate, nowMs: number): object | undefined {
  const known = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const sameCondition = condition === undefined || (known?.status === 'False' && known.reason === condition.reason && known.message === condition.message);
  const sameNode = nominated === undefined || (status?.nominatedNodeName ?? '') === nominated;
  if (sameCondition && sameNode) return undefined;
  const lastTransitionTime = known?.status === 'False' && known.lastTransitionTime !== undefined ? known.lastTransitionTime : formatTime(nowMs);
  return {
    metadata: { uid: metadata.uid },
    status: {
      ...(!sameCondition && { conditions: [{ type: 'PodScheduled', status: 'False', ...condition, lastProbeTime: null, lastTransitionTime, observedGeneration: metadata.generation }] }),
      ...(!sameNode && { nominatedNodeName: nominated === '' ? null : nominated }),
    },
  };
}

export async function writeStatus(client: Client, pod: Pod, patch: object, signal: AbortSignal): Promise<void> {
  const { name, namespace } = pod.metadata;
  await client.patch(coreV1Resources.pods, { name, namespace, subresource: 'status' }, { type: 'strategic', body: patch }, { signal });
}
