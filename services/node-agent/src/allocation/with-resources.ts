import { sameJson } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { Container, Pod } from '../pod/pod-facts.ts';

/** The pod with other resources of the containers for which there are some; the same object when nothing differs. */
export function withResources(pod: Pod, resourcesOf: (container: string) => coreV1.ResourceRequirements | undefined, whole?: coreV1.ResourceRequirements): Pod {
  let differs = whole !== undefined && !isSame(whole, pod.spec?.resources);
  const replaced = (containers: readonly Container[]): Container[] => containers.map((container) => {
    const resources = resourcesOf(container.name);
    if (resources === undefined || isSame(resources, container.resources)) return container;
    differs = true;
    return { ...container, resources };
  });
  if (pod.spec === undefined) return pod;
  const containers = replaced(pod.spec.containers);
  const init = pod.spec.initContainers === undefined ? undefined : replaced(pod.spec.initContainers);
  return differs ? { ...pod, spec: { ...pod.spec, containers, ...(init && { initContainers: init }), ...(whole && { resources: whole }) } } : pod;
}

/** Lists of resources say the same in any order. */
function isSame(a: coreV1.ResourceRequirements | undefined, b: coreV1.ResourceRequirements | undefined): boolean {
  return sameJson([a?.limits ?? {}, a?.requests ?? {}], [b?.limits ?? {}, b?.requests ?? {}]);
}
