import { forbidden } from '@kubernode/apimachinery';
import type { AdmissionPlugin } from './admission.ts';
import { writtenPod } from './written-pod.ts';

const HOSTNAME = 'kubernetes.io/hostname';

/** No pod keeps others off more than its own node. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  validate(attributes) {
    const pod = writtenPod(attributes);
    const wide = pod?.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.find(({ topologyKey }) => topologyKey !== HOSTNAME);
    if (wide !== undefined) throw forbidden(attributes, pod?.metadata.name ?? '', `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wide.topologyKey} but only key ${HOSTNAME} is allowed`);
  },
};
