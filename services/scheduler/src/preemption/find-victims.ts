import { matchesLabels, selectorFromLabelSelector, timeToMs } from '@kubernode/apimachinery';
import type { coreV1, policyV1 } from '@kubernode/api';
import type { NodeView, PodView } from '../cache/node-table.ts';
import { prepareFilters } from '../cycle/prepare-filters.ts';
import { ask, type Refused } from '../cycle/schedule-pod.ts';
import type { CycleInput, Plugin } from '../framework/plugin.ts';

export interface Preemption {
  /** Where room is made; undefined when nowhere. */
  node: NodeView | undefined;
  victims: readonly Readonly<coreV1.Pod>[];
  /** Set when preemption was not tried at all. */
  why?: string;
}

export interface FindVictimsOptions {
  refusals: ReadonlyMap<NodeView, Refused>;
  plugins: readonly Plugin[];
  budgetsOf(namespace: string): readonly Readonly<policyV1.PodDisruptionBudget>[];
}

interface Candidate { node: NodeView; victims: readonly PodView[]; violations: number }

/** Looks for a node where evicting less important pods makes room, and there for as few and as unimportant ones as will do. */
export function findVictims(input: CycleInput, options: FindVictimsOptions): Preemption {
  const { subject, table } = input;
  if (subject.pod.spec?.preemptionPolicy === 'Never') return { node: undefined, victims: [], why: 'not eligible due to preemptionPolicy=Never.' };
  const nominated = table.get(subject.pod.status?.nominatedNodeName ?? '');
  if (nominated !== undefined && options.refusals.get(nominated)?.refusal.resolvable === true && hasLeavingVictim(nominated, subject)) {
    return { node: undefined, victims: [], why: 'not eligible due to a terminating pod on the nominated node.' };
  }
  const candidates = [...options.refusals].flatMap(([node, { refusal }]) => {
    const candidate = refusal.resolvable ? tryNode(node, input, options) : undefined;
    return candidate === undefined ? [] : [candidate];
  });
  const [best] = candidates.sort(byHarm);
  return best === undefined ? { node: undefined, victims: [] } : { node: best.node, victims: best.victims.map(({ pod }) => pod) };
}

function hasLeavingVictim({ pods }: NodeView, { priority }: PodView): boolean {
  return [...pods.values()].some((one) => one.priority < priority && one.pod.metadata.deletionTimestamp !== undefined);
}

/** Takes all less important pods off, and puts back, the most important first, those that may stay. The table is as before afterwards. */
function tryNode(node: NodeView, input: CycleInput, { plugins, budgetsOf }: FindVictimsOptions): Candidate | undefined {
  const { table, subject } = input;
  const lower = [...node.pods.values()].filter(({ priority }) => priority < subject.priority);
  if (lower.length === 0) return undefined;
  const fits = (): boolean => ask(node, prepareFilters(input, plugins)) === undefined;
  const take = (one: PodView): void => { table.removePod(node, one.pod.metadata.uid ?? ''); };
  const before = [...node.pods.values()];
  try {
    for (const one of lower) take(one);
    if (!fits()) return undefined;
    const { violating, others } = splitByBudgets(lower.sort(byImportance), budgetsOf);
    const stays = (one: PodView): boolean => { table.addPod(node, one); if (fits()) return true; take(one); return false; };
    const violations = violating.filter((one) => !stays(one));
    return { node, victims: [...violations, ...others.filter((one) => !stays(one))].sort(byImportance), violations: violations.length };
  } finally { for (const one of before) table.addPod(node, one); }
}

function byImportance(a: PodView, b: PodView): number { return b.priority - a.priority || startMs(a) - startMs(b); }

function startMs({ pod }: PodView): number { return timeToMs(pod.status?.startTime) ?? timeToMs(pod.metadata.creationTimestamp) ?? 0; }

/** Pods whose eviction would break a budget; each pod that is taken uses one of those that its budgets allow. */
function splitByBudgets(pods: readonly PodView[], budgetsOf: FindVictimsOptions['budgetsOf']): { violating: PodView[]; others: PodView[] } {
  const left = new Map<string, number>();
  const violating: PodView[] = [];
  const others: PodView[] = [];
  for (const one of pods) {
    const { namespace = '', name, labels } = one.pod.metadata;
    const budgets = budgetsOf(namespace).filter(({ spec, status }) => labels !== undefined && matchesLabels(selectorFromLabelSelector(spec?.selector), labels) && status?.disruptedPods?.[name] === undefined);
    let violates = false;
    for (const { metadata, status } of budgets) {
      const uid = metadata.uid ?? '';
      const allowed = (left.get(uid) ?? status?.disruptionsAllowed ?? 0) - 1;
      left.set(uid, allowed);
      if (allowed < 0) violates = true;
    }
    (violates ? violating : others).push(one);
  }
  return { violating, others };
}

/** Fewest broken budgets, then the least important most important victim, the smallest sum, the fewest, the youngest. */
function byHarm(a: Candidate, b: Candidate): number {
  const top = ({ victims }: Candidate): number => victims[0]?.priority ?? -Infinity;
  const sum = ({ victims }: Candidate): number => victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  const oldest = ({ victims }: Candidate): number => Math.min(...victims.filter(({ priority }) => priority === victims[0]?.priority).map(startMs));
  return a.violations - b.violations || top(a) - top(b) || sum(a) - sum(b) || a.victims.length - b.victims.length || oldest(b) - oldest(a);
}
