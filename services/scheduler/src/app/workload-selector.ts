import { matchesLabels, selectorFromLabels, selectorFromLabelSelector, type LabelSelector } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import type { InformerFactory } from '@kubernode/client';

/** What the scheduler watches to know which pods are alike. */
export const workloadResources: readonly ResourceRef[] = [coreV1Resources.services, coreV1Resources.replicationcontrollers, appsV1Resources.replicasets, appsV1Resources.statefulsets];

/** The selectors of the pod's Services and of the workload that manages it, together; undefined when there are none. */
export function workloadSelector({ metadata }: Readonly<coreV1.Pod>, informers: InformerFactory): LabelSelector | undefined {
  const { namespace = '', labels, ownerReferences = [] } = metadata;
  const services = informers.informer(coreV1Resources.services).lister.inNamespace(namespace)
    .filter(({ spec }) => spec?.selector !== undefined && matchesLabels(selectorFromLabels(spec.selector), labels)).flatMap(({ spec }) => selectorFromLabels(spec?.selector));
  const owner = ownerReferences.find(({ controller }) => controller === true);
  const key = `${namespace}/${owner?.name ?? ''}`;
  const workload = ((): LabelSelector => {
    switch (owner?.kind) {
      case 'ReplicaSet': return selectorOf(informers.informer(appsV1Resources.replicasets).lister.get(key));
      case 'StatefulSet': return selectorOf(informers.informer(appsV1Resources.statefulsets).lister.get(key));
      case 'ReplicationController': return selectorFromLabels(informers.informer(coreV1Resources.replicationcontrollers).lister.get(key)?.spec?.selector);
      default: return [];
    }
  })();
  const all = [...services, ...workload];
  return all.length === 0 ? undefined : all;
}

function selectorOf(owner: { spec?: { selector: Parameters<typeof selectorFromLabelSelector>[0] } } | undefined): LabelSelector {
  return owner === undefined ? [] : selectorFromLabelSelector(owner.spec?.selector);
}
