import { matchesLabels } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { differ, onNode, onPod, type Change, type EventRegistration } from '../framework/cluster-event.ts';
import { occupies } from './occupies.ts';
import { anySelects, hasAllKeys, type SpreadConstraint } from './spread-constraints.ts';

type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;
type ConstraintsOf = (pod: Pod) => readonly SpreadConstraint[];

/** Which changes may let a pod be placed that its constraints kept away. */
export function spreadEvents(constraintsOf: ConstraintsOf): readonly EventRegistration[] {
  return [
    onPod(['Add', 'UpdatePodLabel', 'UpdatePodToleration', 'Delete'], (pod, change) => podHelps(pod, change, constraintsOf)),
    onNode(['Add', 'Delete', 'UpdateNodeLabel', 'UpdateNodeTaint'], (pod, change) => nodeHelps(change, constraintsOf(pod))),
  ];
}

function podHelps(pod: Pod, { before, after }: Change<Pod>, constraintsOf: ConstraintsOf): boolean {
  if ((after !== undefined && !isInvolved(after, pod)) || (before !== undefined && !isInvolved(before, pod))) return false;
  const constraints = constraintsOf(pod);
  if (before === undefined || after === undefined) return anySelects(constraints, (after ?? before)?.metadata.labels);
  const honoursTaints = constraints.some(({ nodeTaintsPolicy }) => nodeTaintsPolicy === 'Honor');
  if (after.metadata.uid === pod.metadata.uid && honoursTaints && differ(before.spec?.tolerations, after.spec?.tolerations)) return true;
  return constraints.some(({ selector }) => matchesLabels(selector, before.metadata.labels) !== matchesLabels(selector, after.metadata.labels));
}

/** Only the pod itself and placed pods of its namespace count. */
function isInvolved(other: Pod, pod: Pod): boolean {
  return other.metadata.uid === pod.metadata.uid || (occupies(other) && other.metadata.namespace === pod.metadata.namespace);
}

function nodeHelps({ before, after }: Change<Node>, constraints: readonly SpreadConstraint[]): boolean {
  const [was, is] = [before !== undefined && hasAllKeys(constraints, before.metadata.labels), after !== undefined && hasAllKeys(constraints, after.metadata.labels)];
  if (before === undefined || after === undefined) return was || is;
  if (was !== is) return true;
  return is && (constraints.some(({ key }) => before.metadata.labels?.[key] !== after.metadata.labels?.[key]) || differ(before.spec?.taints, after.spec?.taints));
}
