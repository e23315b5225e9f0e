import type { coreV1 } from '@kubernode/api';
import { formatQuantity } from '@kubernode/apimachinery';
import { podTotals } from '@kubernode/quota';
import { withResources } from '../allocation/with-resources.ts';
import type { Pod } from '../pod/pod-facts.ts';

/** What a pod as a whole was promised, and what of it, and of limits, it has got. `pod` has the resources that are allocated to it. */
export function podResources(pod: Pod, actuated: (container?: string) => coreV1.ResourceRequirements | undefined): Pick<coreV1.PodStatus, 'resources' | 'allocatedResources'> {
  const { spec } = withResources(pod, actuated, pod.spec?.resources && actuated());
  if (pod.spec === undefined || spec === undefined) return {};
  const allocated = shown(podTotals(pod.spec, 'requests', { overhead: true }));
  const requests = shown(podTotals(spec, 'requests', { overhead: true }));
  const limits = shown(podTotals(spec, 'limits', { overhead: true }));
  return {
    ...(Object.keys(allocated).length > 0 && { allocatedResources: allocated }),
    resources: { ...(Object.keys(requests).length > 0 && { requests }), ...(Object.keys(limits).length > 0 && { limits }) },
  };
}

function shown(totals: ReturnType<typeof podTotals>): Record<string, string> {
  return Object.fromEntries([...totals].map(([name, quantity]) => [name, formatQuantity(quantity)]));
}
