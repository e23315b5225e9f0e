import { normaliseByHighest } from '../cycle/score-nodes.ts';
import { onNode, onPod } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/verdict.ts';
import { tolerates, toleratesAll } from './tolerations.ts';

const UNTOLERATED = unresolvable('node(s) had untolerated taint(s)');

/** Keeps pods off tainted nodes that they do not tolerate, and prefers nodes whose soft taints they do. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  events: [
    onNode(['Add', 'UpdateNodeTaint'], ({ spec }, { before, after }) => (before === undefined || !toleratesAll(spec?.tolerations, before.spec?.taints)) && toleratesAll(spec?.tolerations, after?.spec?.taints)),
    onPod(['UpdatePodToleration'], (pod, { after }) => after?.metadata.uid === pod.metadata.uid),
  ],
  prepareFilter({ subject: { pod } }) {
    const tolerations = pod.spec?.tolerations;
    return { check: ({ node }) => (node.spec?.taints === undefined || toleratesAll(tolerations, node.spec.taints) ? undefined : UNTOLERATED) };
  },
  prepareScore({ subject: { pod } }) {
    const soft = pod.spec?.tolerations?.filter(({ effect = '' }) => effect === '' || effect === 'PreferNoSchedule');
    return {
      score: ({ node }) => node.spec?.taints?.filter((one) => one.effect === 'PreferNoSchedule' && !tolerates(soft, one)).length ?? 0,
      normalise: (scores) => { normaliseByHighest(scores, true); },
    };
  },
};
