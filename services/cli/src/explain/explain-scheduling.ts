import { counted, fewOf, type Finding } from './explanation.ts';
import type { Objection, PlacementJudgement } from './placement.ts';
import type { PodSnapshot, ResolvedReference } from './pod-snapshot.ts';

/** Nodes that are named one by one; of more, the reasons are enough. */
const NODES_SHOWN_MAX = 20;

/** Why a pod has no node: what keeps it out of the queue, what every node lacks, and whether room could be made. */
export function explainScheduling(snapshot: PodSnapshot): Finding[] {
  const { pod: { metadata, spec }, placement } = snapshot;
  const gates = spec?.schedulingGates ?? [];
  const findings: Finding[] = [];
  if (gates.length > 0) findings.push({ topic: 'gates', text: `It waits for ${counted(gates.length, 'scheduling gate')} to be taken away by whoever set them: ${gates.map(({ name }) => name).join(', ')}. No node is looked at before.`, next: `kubectl get pod ${metadata.name} -n ${metadata.namespace ?? ''} -o jsonpath='{.spec.schedulingGates}'` });
  findings.push(...snapshot.references.flatMap(claimFinding));
  if (placement === undefined) return [...findings, ...toldBefore(snapshot)];
  if (!placement.isOurs) return [...findings, { topic: 'scheduler', text: `It asks for the scheduler ${JSON.stringify(placement.schedulerName)}, which is not one of the configured profiles: if no program of that name runs, nobody places it.`, next: `kubectl get pod ${metadata.name} -n ${metadata.namespace ?? ''} -o jsonpath='{.spec.schedulerName}'` }];
  return [...findings, ...placementFindings(placement, snapshot)];
}

function placementFindings(placement: PlacementJudgement, { pod: { metadata, spec } }: PodSnapshot): Finding[] {
  const { outright, nodes, outcome } = placement;
  const findings: Finding[] = outright.map(({ plugin, reasons }) => ({ topic: 'scheduling', text: `No node will do, whatever it has: ${reasons.join(', ')} (${plugin}).` }));
  if ('node' in outcome) return [...findings, { topic: 'scheduling', text: `Node ${outcome.node} would take it now. If it stays pending, the scheduler is not at work.`, next: 'kubectl get lease kube-scheduler -n kube-system' }];
  if (nodes.length === 0) return [...findings, { topic: 'nodes', text: 'There are no nodes.', next: 'kubectl get nodes' }];
  const refusing = nodes.filter(({ objections }) => objections.length > 0);
  if (refusing.length > 0) findings.push({ topic: 'nodes', text: `${refusing.length} of ${counted(nodes.length, 'node')} cannot take it:`, details: nodeLines(refusing), next: nextFor(refusing.flatMap(({ objections }) => objections)) });
  const { preemptsOn } = outcome;
  const priority = spec?.priority ?? 0;
  if (preemptsOn !== undefined) findings.push({ topic: 'preemption', text: `Its priority is ${priority}: less important pods on ${preemptsOn} would be ended to make room.`, next: `kubectl get pods -A --field-selector spec.nodeName=${preemptsOn}` });
  else findings.push({ topic: 'preemption', text: `Its priority is ${priority}${spec?.preemptionPolicy === 'Never' ? ' and it never preempts' : ''}: ending less important pods would not help. It is tried again when nodes or pods change.`, next: `kubectl get events -n ${metadata.namespace ?? ''} --field-selector involvedObject.name=${metadata.name}` });
  return findings;
}

function nodeLines(nodes: PlacementJudgement['nodes']): string[] {
  const line = (node: string, objections: readonly Objection[]): string => `${node}: ${objections.map(({ plugin, reasons }) => `${reasons.join(', ')} (${plugin})`).join('; ')}`;
  if (nodes.length <= NODES_SHOWN_MAX) return nodes.map(({ node, objections }) => line(node, objections));
  const groups = new Map<string, { names: string[]; objections: readonly Objection[] }>();
  for (const { node, objections } of nodes) {
    const key = JSON.stringify(objections);
    const group = groups.get(key) ?? { names: [], objections };
    group.names.push(node);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.names.length - a.names.length).slice(0, NODES_SHOWN_MAX).map(({ names, objections }) => line(`${counted(names.length, 'node')} (${fewOf(names, 3)})`, objections));
}

const NEXT: Readonly<Record<string, string>> = {
  NodeResourcesFit: 'kubectl describe nodes | grep -A9 "Allocated resources"', NodeAffinity: 'kubectl get nodes --show-labels', NodeName: 'kubectl get nodes',
  TaintToleration: 'kubectl get nodes -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints', NodeUnschedulable: 'kubectl uncordon NODE', VolumeBinding: 'kubectl get pvc,pv,storageclass',
  InterPodAffinity: 'kubectl get pods -A --show-labels', PodTopologySpread: 'kubectl get nodes --show-labels', NodePorts: 'kubectl get pods -A -o wide',
};

/** By what most nodes object to. */
function nextFor(objections: readonly Objection[]): string {
  const counts = new Map<string, number>();
  for (const { plugin } of objections) counts.set(plugin, (counts.get(plugin) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return NEXT[most?.[0] ?? ''] ?? 'kubectl describe nodes';
}

/** What the scheduler said last, for users who may not see nodes. */
function toldBefore({ pod: { status }, events }: PodSnapshot): Finding[] {
  const condition = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const message = events.findLast(({ reason }) => reason === 'FailedScheduling')?.message ?? (condition?.status === 'False' ? condition.message : undefined);
  if (message === undefined || message === '') return [{ topic: 'scheduling', text: 'The scheduler has not said anything about it yet.', next: 'kubectl get lease kube-scheduler -n kube-system' }];
  return [{ topic: 'scheduling', text: `The scheduler said last: ${message}` }];
}

/** A claim that has no volume holds a pod back, whatever the nodes have. */
function claimFinding({ kind, name, found, claim }: ResolvedReference): Finding[] {
  if (kind !== 'PersistentVolumeClaim' || found === 'unseen') return [];
  if (found === 'missing' || claim === undefined) return [{ topic: 'claim', text: `PersistentVolumeClaim ${name} does not exist.`, next: 'kubectl get pvc' }];
  if (claim.metadata.deletionTimestamp !== undefined) return [{ topic: 'claim', text: `PersistentVolumeClaim ${name} is being deleted: no new pod may use it.`, next: `kubernode explain delete pvc ${name} -n ${claim.metadata.namespace ?? ''}` }];
  if (claim.status?.phase === 'Bound') return [];
  const { storageClassName } = claim.spec ?? {};
  return [{ topic: 'claim', text: `PersistentVolumeClaim ${name} has no volume (${claim.status?.phase ?? 'Pending'}, ${storageClassName === undefined ? 'no storage class' : `storage class ${JSON.stringify(storageClassName)}`}).`, next: `kubectl describe pvc ${name} -n ${claim.metadata.namespace ?? ''}` }];
}
