import type { Plugin } from '../framework/plugin.ts';
import { tolerates } from './tolerations.ts';

/** Keeps pods off tainted nodes that they do not tolerate, and prefers nodes whose soft taints they do. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  normalise: 'lowest-is-100',
  events: ['node-added', 'node-updated', 'waiting-pod-updated'],
  prepareFilter({ subject: { pod } }) {
    return ({ node }) => {
      const taint = node.spec?.taints?.find((one) => (one.effect === 'NoSchedule' || one.effect === 'NoExecute') && !tolerates(pod.spec?.tolerations, one));
      return taint === undefined ? undefined : { reasons: ['node(s) had untolerated taint(s)'], resolvable: false };
    };
  },
  prepareScore({ subject: { pod } }) {
    const soft = pod.spec?.tolerations?.filter(({ effect = '' }) => effect === '' || effect === 'PreferNoSchedule');
    return ({ node }) => node.spec?.taints?.filter((one) => one.effect === 'PreferNoSchedule' && !tolerates(soft, one)).length ?? 0;
  },
};
