import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';

const COPIED = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Pods learn by labels in which zone and region they run: from their node, when they are bound to it or made for it. */
export function podTopologyLabels({ sources }: AdmissionDependencies): AdmissionPlugin {
  const nodes = sources({ group: '', resource: 'nodes' });
  return {
    name: 'PodTopologyLabels',
    admit({ operation, group, resource, subresource, object }) {
      if (operation !== 'CREATE' || group !== '' || resource !== 'pods' || object === undefined) return;
      const labels = nodes.get('', nodeOf(object, subresource))?.metadata.labels ?? {};
      const copied = Object.fromEntries(COPIED.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])));
      if (Object.keys(copied).length > 0) object.metadata.labels = { ...object.metadata.labels, ...copied };
    },
  };
}

function nodeOf(object: KubeObject, subresource: string): string {
  if (subresource === '') return (object as Partial<coreV1.Pod>).spec?.nodeName ?? ''; // a pod, by the path
  const { target } = object as Partial<coreV1.Binding>; // of subresources only bindings name a target
  return subresource === 'binding' && target?.kind === 'Node' ? target.name ?? '' : '';
}
