import { coreV1Resources, discoveryV1Resources, networkingV1Resources, type coreV1, type discoveryV1, type networkingV1 } from '@kubernode/api';
import { formatLabelSelector, selectorFromLabels } from '@kubernode/apimachinery';
import type { ObjectReader } from './object-reader.ts';

/** All that an explanation of a service goes by. */
export interface ServiceSnapshot {
  readonly service: Readonly<coreV1.Service>;
  /** That its selector matches. */
  readonly pods: readonly Readonly<coreV1.Pod>[];
  readonly slices: readonly Readonly<discoveryV1.EndpointSlice>[];
  /** Of its namespace. */
  readonly policies: readonly Readonly<networkingV1.NetworkPolicy>[];
}

export async function readServiceSnapshot(reader: ObjectReader, { namespace, name }: { namespace: string; name: string }): Promise<ServiceSnapshot | 'missing' | 'unseen'> {
  const service = await reader.find(coreV1Resources.services, { namespace, name });
  if (service === 'missing' || service === 'unseen') return service;
  const selector = service.spec?.selector ?? {};
  const [pods, slices, policies] = await Promise.all([
    Object.keys(selector).length === 0 ? [] : reader.list(coreV1Resources.pods, { namespace, labelSelector: formatLabelSelector(selectorFromLabels(selector)) }),
    reader.list(discoveryV1Resources.endpointslices, { namespace, labelSelector: `kubernetes.io/service-name=${name}` }),
    reader.list(networkingV1Resources.networkpolicies, { namespace }),
  ]);
  return { service, pods, slices, policies };
}
