import { onPod } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/verdict.ts';

/** A pod with gates waits until others have taken them away. */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  events: [onPod(['UpdatePodSchedulingGatesEliminated'], (pod, { after }) => after?.metadata.uid === pod.metadata.uid)],
  preEnqueue({ spec }) {
    const gates = spec?.schedulingGates?.map(({ name }) => name) ?? [];
    return gates.length === 0 ? undefined : unresolvable(`waiting for scheduling gates: [${gates.join(' ')}]`);
  },
};
