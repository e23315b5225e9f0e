import type { ObjectMeta } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { InformerChange } from '@kubernode/client';
import { hasEnded, isTerminating, type QuotaResource } from '@kubernode/quota';
import { sameAmounts } from './quota-status.ts';

type Pod = Readonly<coreV1.Pod>;

/**
 * Whether a quota may have got room by a change, or may have to count other objects now. What is created or grows has been charged by the API
 * server: counting it here, before it shows, would give it back. Pure.
 */
export function freesQuota({ group, resource }: QuotaResource, { object, previous }: InformerChange<{ metadata: ObjectMeta }>, nowMs: number): boolean {
  if (previous === undefined) return false;
  if (object === undefined || object.metadata.uid !== previous.metadata.uid) return true;
  switch (group === '' ? resource : '') {
    case 'pods': return podFrees(previous as unknown as Pod, object as unknown as Pod, nowMs); // by the resource
    case 'services': return portsOf(previous) !== portsOf(object);
    case 'persistentvolumeclaims': return true; // sizes and classes of attributes, wanted and given, change together in too many ways
    default: return false;
  }
}

function podFrees(previous: Pod, pod: Pod, nowMs: number): boolean {
  return isTerminating(previous) !== isTerminating(pod) || (!hasEnded(previous, nowMs) && hasEnded(pod, nowMs)) || isResized(previous, pod);
}

function isResized({ status: before }: Pod, { status: after }: Pod): boolean {
  const statusesOf = (status: Pod['status']): readonly coreV1.ContainerStatus[] => [...status?.containerStatuses ?? [], ...status?.initContainerStatuses ?? []];
  return statusesOf(before).some(({ name, resources }) => {
    const now = statusesOf(after).find((one) => one.name === name);
    return now !== undefined && !(sameAmounts(resources?.requests, now.resources?.requests) && sameAmounts(resources?.limits, now.resources?.limits));
  });
}

/** What kind of ports a service takes; '' for none. */
function portsOf(object: object): string {
  const { spec } = object as Partial<coreV1.Service>; // by the resource
  return spec?.type === 'NodePort' || spec?.type === 'LoadBalancer' ? spec.type : '';
}
