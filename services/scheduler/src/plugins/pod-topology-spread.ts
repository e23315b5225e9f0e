import { matchesLabels, selectorFromLabelSelector, selectorFromLabels, type LabelSelector } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { NodeView } from '../cache/node-table.ts';
import { SCORE_MAX, type CycleInput, type NodeFilter, type NodeScorer, type Plugin } from '../framework/plugin.ts';
import { prepareFilters } from '../cycle/prepare-filters.ts';
import { nodeAffinity } from './node-affinity.ts';
import { tolerates } from './tolerations.ts';

type Pod = Readonly<coreV1.Pod>;

interface Constraint { key: string; maxSkew: number; minDomains: number; selector: LabelSelector; counts(node: NodeView): boolean }
/** How many matching pods each value of a topology key has. */
type Domains = Map<string, number>;

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const SKEWED = { reasons: ["node(s) didn't match pod topology spread constraints"], resolvable: true };
const UNLABELLED = { reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"], resolvable: false };

/** Spreads like pods evenly over zones, hosts, or whatever label their constraints name; pods of a Service or workload also without any. */
export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  weight: 2,
  events: ['node-added', 'node-updated', 'pod-added', 'pod-updated', 'pod-removed', 'waiting-pod-updated'],
  prepareFilter(input): NodeFilter | undefined {
    const constraints = stated(input, 'DoNotSchedule');
    if (constraints.length === 0) return undefined;
    const { pod } = input.subject;
    const counted = constraints.map((constraint) => ({ constraint, domains: countDomains(constraint, input, constraints, input.table.nodes), self: matchesLabels(constraint.selector, pod.metadata.labels) ? 1 : 0 }));
    return ({ node }) => {
      const labels = node.metadata.labels ?? {};
      for (const { constraint, domains, self } of counted) {
        const value = labels[constraint.key];
        if (value === undefined) return UNLABELLED;
        const least = domains.size < constraint.minDomains ? 0 : Math.min(...domains.values());
        if ((domains.get(value) ?? 0) + self - least > constraint.maxSkew) return SKEWED;
      }
      return undefined;
    };
  },
  prepareScore(input, nodes): NodeScorer | undefined {
    const own = stated(input, 'ScheduleAnyway');
    const byDefault = (input.subject.pod.spec?.topologySpreadConstraints ?? []).length === 0;
    const constraints = byDefault ? defaults(input) : own;
    return constraints.length === 0 ? undefined : spreadScores(constraints, input, nodes, !byDefault);
  },
};

/** The pod's own constraints of a kind. */
function stated(input: CycleInput, kind: string): Constraint[] {
  const { pod } = input.subject;
  return (pod.spec?.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === kind).map((one) => ({
    key: one.topologyKey, maxSkew: one.maxSkew, minDomains: one.minDomains ?? 1,
    selector: [...selectorFromLabelSelector(one.labelSelector), ...keyRequirements(pod, one.matchLabelKeys ?? [])],
    counts: eligibility(input, one.nodeAffinityPolicy ?? 'Honor', one.nodeTaintsPolicy ?? 'Ignore'),
  }));
}

/** Without own constraints: zones may differ by 5, hosts by 3, of the pods that the pod's Services and workload select. */
function defaults(input: CycleInput): Constraint[] {
  const selector = input.workloadSelector?.(input.subject.pod);
  if (selector === undefined || selector.length === 0) return [];
  const counts = eligibility(input, 'Honor', 'Ignore');
  return [{ key: HOSTNAME, maxSkew: 3 }, { key: ZONE, maxSkew: 5 }].map((one) => ({ ...one, minDomains: 1, selector, counts }));
}

function keyRequirements({ metadata }: Pod, keys: readonly string[]): LabelSelector {
  return selectorFromLabels(Object.fromEntries(keys.flatMap((key) => { const value = metadata.labels?.[key]; return value === undefined ? [] : [[key, value]]; })));
}

/** Which nodes' pods count at all. */
function eligibility(input: CycleInput, affinity: string, taints: string): (node: NodeView) => boolean {
  const selected = affinity === 'Honor' ? prepareFilters(input, [nodeAffinity])[0]?.filter : undefined;
  const { tolerations } = input.subject.pod.spec ?? {};
  return (view) => selected?.(view) === undefined
    && (taints !== 'Honor' || (view.node.spec?.taints ?? []).every((taint) => (taint.effect !== 'NoSchedule' && taint.effect !== 'NoExecute') || tolerates(tolerations, taint)));
}

/** Nodes without one of the keys belong to no domain. */
function countDomains(constraint: Constraint, { subject }: CycleInput, all: readonly Constraint[], nodes: readonly NodeView[]): Domains {
  const domains: Domains = new Map();
  for (const view of nodes) {
    const labels = view.node.metadata.labels ?? {};
    const value = labels[constraint.key];
    if (value === undefined || all.some(({ key }) => labels[key] === undefined) || !constraint.counts(view)) continue;
    domains.set(value, (domains.get(value) ?? 0) + matching(constraint.selector, view, subject.pod));
  }
  return domains;
}

function matching(selector: LabelSelector, { pods }: NodeView, { metadata: { namespace } }: Pod): number {
  let found = 0;
  for (const { pod: { metadata } } of pods.values()) if (metadata.namespace === namespace && metadata.deletionTimestamp === undefined && matchesLabels(selector, metadata.labels)) found++;
  return found;
}

/** The fewer like pods in a node's domains, the better; domains weigh more the more of them there are. */
function spreadScores(constraints: readonly Constraint[], input: CycleInput, nodes: readonly NodeView[], allKeys: boolean): NodeScorer {
  const usable = (view: NodeView): boolean => !allKeys || constraints.every(({ key }) => view.node.metadata.labels?.[key] !== undefined);
  const feasible = nodes.filter(usable);
  const counted = constraints.map((constraint) => {
    const size = constraint.key === HOSTNAME ? feasible.length : new Set(feasible.map(({ node }) => node.metadata.labels?.[constraint.key]).filter((value) => value !== undefined)).size;
    const counting = constraint.key === HOSTNAME ? feasible : size === 0 ? [] : input.table.nodes; // a host's pods are all on it, no others need counting
    return { ...constraint, domains: countDomains(constraint, input, allKeys ? constraints : [], counting), weight: Math.log(size + 2) };
  });
  const raw = ({ node }: NodeView): number => Math.round(counted.reduce((sum, { key, domains, weight, maxSkew }) => {
    const value = node.metadata.labels?.[key];
    return value === undefined ? sum : sum + (domains.get(value) ?? 0) * weight + (maxSkew - 1);
  }, 0));
  const scores = feasible.map(raw);
  const min = Math.min(...scores);
  const max = Math.max(...scores);
  return (view) => {
    if (!usable(view)) return 0;
    return max === 0 ? SCORE_MAX : Math.floor((SCORE_MAX * (max + min - raw(view))) / max);
  };
}
