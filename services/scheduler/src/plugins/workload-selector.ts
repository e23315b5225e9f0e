import { matchesLabels, selectorFromLabels, selectorFromLabelSelector, type LabelSelector, type LabelSelectorObject } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type coreV1 } from '@kubernode/api';
import type { PluginHandle } from '../framework/plugin.ts';

type Pod = Readonly<coreV1.Pod>;

/** What the pod's Services and the workload that manages it select, together; undefined when there are none. */
export function workloadSelectors(handle: Pick<PluginHandle, 'lister'>): (pod: Pod) => LabelSelector | undefined {
  const services = handle.lister(coreV1Resources.services);
  const replicationControllers = handle.lister(coreV1Resources.replicationcontrollers);
  const replicaSets = handle.lister(appsV1Resources.replicasets);
  const statefulSets = handle.lister(appsV1Resources.statefulsets);
  return ({ metadata: { namespace = '', labels, ownerReferences } }) => {
    const merged: Record<string, string> = {};
    for (const { spec } of services.inNamespace(namespace)) {
      if (spec?.selector !== undefined && matchesLabels(selectorFromLabels(spec.selector), labels)) Object.assign(merged, spec.selector);
    }
    const owner = ownerReferences?.find(({ controller }) => controller === true);
    const key = `${namespace}/${owner?.name ?? ''}`;
    if (isKind(owner, 'v1', 'ReplicationController')) Object.assign(merged, replicationControllers.get(key)?.spec?.selector);
    const workload = isKind(owner, 'apps/v1', 'ReplicaSet') ? ofWorkload(replicaSets.get(key)) : isKind(owner, 'apps/v1', 'StatefulSet') ? ofWorkload(statefulSets.get(key)) : [];
    const all = [...selectorFromLabels(merged), ...workload];
    return all.length === 0 ? undefined : all;
  };
}

function isKind(owner: { apiVersion: string; kind: string } | undefined, apiVersion: string, kind: string): boolean { return owner?.apiVersion === apiVersion && owner.kind === kind; }

function ofWorkload(owner: { spec?: { selector: LabelSelectorObject } } | undefined): LabelSelector {
  return owner === undefined ? [] : selectorFromLabelSelector(owner.spec?.selector);
}
