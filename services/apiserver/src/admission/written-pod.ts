import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from './admission.ts';

export type Pod = coreV1.Pod & KubeObject;
/** A pod with a spec, as all pods have after decoding. */
export type WrittenPod = Pod & { spec: coreV1.PodSpec };

/** The pod that is created or updated by itself; undefined for other objects and for subresources. */
export function writtenPod({ operation, group, resource, subresource, object }: AdmissionAttributes): WrittenPod | undefined {
  if (group !== '' || resource !== 'pods' || subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
  return (object as Pod | undefined)?.spec === undefined ? undefined : object as WrittenPod; // pods, by the checks
}

/** All containers with where they are in the pod, in the order in which Kubernetes visits them. */
export function containersOf({ spec }: Readonly<Pod>): { container: coreV1.Container; path: string }[] {
  const at = (list: readonly coreV1.Container[] | undefined, field: string): { container: coreV1.Container; path: string }[] => (list ?? []).map((container, index) => ({ container, path: `spec.${field}[${index}]` }));
  return [...at(spec?.initContainers, 'initContainers'), ...at(spec?.containers, 'containers'), ...at(spec?.ephemeralContainers as readonly coreV1.Container[] | undefined, 'ephemeralContainers')]; // ephemeral ones have the same fields
}
