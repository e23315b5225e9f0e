import type { coreV1 } from '@kubernode/api';
import { formatQuantity } from '@kubernode/apimachinery';
import { podTotals } from '@kubernode/quota';
import type { Pod } from '../pod/pod-facts.ts';

/** What a pod as a whole has been given: what its containers and itself ask for, and may use. */
export function podResources({ spec }: Pod): Pick<coreV1.PodStatus, 'resources' | 'allocatedResources'> {
  if (spec === undefined) return {};
  const requests = shown(podTotals(spec, 'requests', { overhead: true }));
  const limits = shown(podTotals(spec, 'limits', { overhead: true }));
  return {
    ...(Object.keys(requests).length > 0 && { allocatedResources: requests }),
    resources: { ...(Object.keys(requests).length > 0 && { requests }), ...(Object.keys(limits).length > 0 && { limits }) },
  };
}

function shown(totals: ReturnType<typeof podTotals>): Record<string, string> {
  return Object.fromEntries([...totals].map(([name, quantity]) => [name, formatQuantity(quantity)]));
}
