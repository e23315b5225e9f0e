import type { coreV1 } from '@kubernode/api';
import { labelKeyFaults } from '@kubernode/apimachinery';
import type { AdmissionPlugin } from './admission.ts';
import { writtenPod } from './written-pod.ts';

/** Nodes with special devices are tainted by the devices' names: who asks for a device is let onto them. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  admit(attributes) {
    const pod = writtenPod(attributes);
    if (pod === undefined) return;
    const containers = [...pod.spec.containers, ...pod.spec.initContainers ?? []];
    const names = new Set(containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})).filter(isExtended));
    for (const key of [...names].sort()) tolerate(pod.spec, { key, operator: 'Exists', effect: 'NoSchedule' });
  },
};

/** Neither Kubernetes' own nor reserved for quotas. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.') && labelKeyFaults(`requests.${name}`).length === 0;
}

/** A toleration of the same taint is replaced. */
function tolerate(spec: coreV1.PodSpec, added: coreV1.Toleration): void {
  const tolerations = spec.tolerations ?? [];
  const isSame = ({ key, effect, operator, value = '' }: coreV1.Toleration): boolean => key === added.key && effect === added.effect && operator === added.operator && value === '';
  spec.tolerations = tolerations.some(isSame) ? tolerations.map((one) => (isSame(one) ? added : one)) : [...tolerations, added];
}
