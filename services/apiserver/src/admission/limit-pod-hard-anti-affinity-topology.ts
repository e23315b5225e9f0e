import type { AdmissionPlugin } from './admission.ts';
import { refusal } from './refusal.ts';
import { writtenPod } from './written-pod.ts';

const HOSTNAME = 'kubernetes.io/hostname';

/** No pod keeps others off more than its own node. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  validate(attributes) {
    const pod = writtenPod(attributes);
    const wide = pod?.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.find(({ topologyKey }) => topologyKey !== HOSTNAME);
    if (wide !== undefined) throw refusal(attributes, `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wide.topologyKey} but only key ${HOSTNAME} is allowed`);
  },
};
