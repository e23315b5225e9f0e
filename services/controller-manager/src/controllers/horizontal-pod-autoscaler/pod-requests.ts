import { quantityMilliValue } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { MetricFault } from './metric-fault.ts';

type Pod = Readonly<coreV1.Pod>;

/**
 * What each pod asks for of a resource, in thousandths: the pod's own request if it has one, else the sum over its containers and
 * sidecars; or that of one container. A request that is not there is a fault, because a share of nothing is none.
 */
export function requestsOf(pods: readonly Pod[], resource: string, container: string): ReadonlyMap<string, number> {
  return new Map(pods.map((pod) => [pod.metadata.name, container === '' && hasOwnRequests(pod) ? ownRequest(pod, resource) : requestOfContainers(pod, resource, container)]));
}

const POD_LEVEL = /^(cpu|memory|hugepages-.*)$/;

function hasOwnRequests({ spec }: Pod): boolean { return Object.keys(spec?.resources?.requests ?? {}).some((name) => POD_LEVEL.test(name)); }

/** Where the pod names only some resources, its containers tell the others. */
function ownRequest(pod: Pod, resource: string): number {
  const own = pod.spec?.resources?.requests?.[resource];
  const overhead = quantityMilliValue(pod.spec?.overhead?.[resource] ?? '0');
  if (own !== undefined) return quantityMilliValue(own) + overhead;
  const requests = containersOf(pod).map(({ resources }) => resources?.requests?.[resource]).filter((one) => one !== undefined);
  if (requests.length === 0) throw new MetricFault(`missing pod-level request for ${resource} in Pod ${pod.metadata.name}`);
  return requests.reduce((sum, one) => sum + quantityMilliValue(one), overhead);
}

function requestOfContainers(pod: Pod, resource: string, container: string): number {
  const { name: podName } = pod.metadata;
  const containers = containersOf(pod).filter(({ name }) => container === '' || name === container);
  if (container !== '' && containers.length === 0) throw new MetricFault(`container ${container} not found in Pod ${podName}`);
  return containers.reduce((sum, { name, resources }) => {
    const request = resources?.requests?.[resource];
    if (request === undefined) throw new MetricFault(`missing request for ${resource} in container ${name} of Pod ${podName}`);
    return sum + quantityMilliValue(request);
  }, 0);
}

function containersOf({ spec }: Pod): readonly coreV1.Container[] {
  return [...spec?.containers ?? [], ...(spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')];
}
