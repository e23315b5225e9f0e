import { onNode, onPod } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/verdict.ts';
import { tolerates } from './tolerations.ts';

const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const CORDONED = unresolvable('node(s) were unschedulable');

/** Keeps pods off cordoned nodes unless they tolerate the taint that stands for it. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  events: [
    onNode(['Add', 'UpdateNodeTaint'], (_pod, { before, after }) => after?.spec?.unschedulable !== true && (before === undefined || before.spec?.unschedulable === true)),
    onPod(['UpdatePodToleration'], (pod, { after }) => after?.metadata.uid === pod.metadata.uid && tolerates(after?.spec?.tolerations, CORDON)),
  ],
  prepareFilter({ subject: { pod } }) {
    if (tolerates(pod.spec?.tolerations, CORDON)) return undefined;
    return { check: ({ node }) => (node.spec?.unschedulable === true ? CORDONED : undefined) };
  },
};
