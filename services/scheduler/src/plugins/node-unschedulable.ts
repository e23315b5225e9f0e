import type { Plugin } from '../framework/plugin.ts';
import { tolerates } from './tolerations.ts';

const UNSCHEDULABLE_TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Cordoned nodes take only pods that tolerate it. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  events: ['node-added', 'node-updated', 'waiting-pod-updated'],
  prepareFilter({ subject: { pod } }) {
    const tolerated = tolerates(pod.spec?.tolerations, UNSCHEDULABLE_TAINT);
    return tolerated ? undefined : ({ node }) => (node.spec?.unschedulable === true ? { reasons: ['node(s) were unschedulable'], resolvable: false } : undefined);
  },
};
