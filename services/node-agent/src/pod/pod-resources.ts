import { quantityMilliValue, quantityValue } from '@kubernode/apimachinery';
import { type Container, initContainers, isSidecar, mainContainers, type Pod } from './pod-facts.ts';

type Kind = 'requests' | 'limits';

/** What a pod asks for of a resource: CPU in thousandths of a core, all else in whole units. 0 where it says nothing. */
export function podRequest(pod: Pod, resource: string): number { return total(pod, 'requests', resource) + overhead(pod, resource); }

/** The most of a resource that a pod may use; undefined where no container has a limit. */
export function podLimit(pod: Pod, resource: string): number | undefined {
  const all = [...initContainers(pod), ...mainContainers(pod)];
  if (pod.spec?.resources?.limits?.[resource] === undefined && all.every(({ resources }) => resources?.limits?.[resource] === undefined)) return undefined;
  return total(pod, 'limits', resource) + overhead(pod, resource);
}

/** Sidecars run beside all that follows them; other init containers one at a time. */
function total(pod: Pod, kind: Kind, resource: string): number {
  const own = pod.spec?.resources?.[kind]?.[resource];
  if (own !== undefined) return valueOf(resource, own);
  const of = ({ resources }: Container): number => valueOf(resource, resources?.[kind]?.[resource]);
  let sidecars = 0;
  let initPeak = 0;
  for (const container of initContainers(pod)) {
    if (isSidecar(container)) sidecars += of(container);
    initPeak = Math.max(initPeak, sidecars + (isSidecar(container) ? 0 : of(container)));
  }
  return Math.max(initPeak, sidecars + mainContainers(pod).reduce((sum, container) => sum + of(container), 0));
}

const overhead = (pod: Pod, resource: string): number => valueOf(resource, pod.spec?.overhead?.[resource]);

function valueOf(resource: string, quantity: string | undefined): number {
  if (quantity === undefined) return 0;
  return resource === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity);
}
