import type { Plugin } from '../framework/plugin.ts';

/** A pod with gates waits until others have taken them away. */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  events: ['waiting-pod-updated'],
  preEnqueue({ spec }) {
    const gates = spec?.schedulingGates?.map(({ name }) => name) ?? [];
    return gates.length === 0 ? undefined : `waiting for scheduling gates: [${gates.join(' ')}]`;
  },
};
