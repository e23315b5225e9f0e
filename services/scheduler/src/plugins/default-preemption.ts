import { coreV1Resources, policyV1Resources, type coreV1 } from '@kubernode/api';
import type { DefaultPreemptionArgs } from '../config/plugin-args.ts';
import { fitMessage } from '../cycle/fit-message.ts';
import { onPod } from '../framework/cluster-event.ts';
import type { Cycle, Plugin, PluginHandle, PostFilterOutcome, Refusals } from '../framework/plugin.ts';
import { failed, unresolvable, unschedulable, type Refused } from '../framework/verdict.ts';
import { askExtenders } from '../preemption/ask-extenders.ts';
import { chooseCandidate, type Candidates } from '../preemption/choose-candidate.ts';
import { Evictions } from '../preemption/evictions.ts';
import { findCandidates, type FoundCandidates } from '../preemption/find-candidates.ts';
import type { PluginObservers } from './plugin-observers.ts';

type Pod = Readonly<coreV1.Pod>;

const NAME = 'DefaultPreemption';
const UNDERWAY = unresolvable('waiting for the preemption for this pod to be finished');
const NOT_HELPFUL: Refused = { plugin: '', verdict: unresolvable('Preemption is not helpful for scheduling') };

/** Makes room for a pod where less important ones have to go: on as few and for as unimportant pods as will do. */
export function defaultPreemption(args: DefaultPreemptionArgs, handle: PluginHandle, observers: PluginObservers = {}): Plugin {
  const pods = handle.lister(coreV1Resources.pods);
  const budgets = handle.lister(policyV1Resources.poddisruptionbudgets);
  const evictions = new Evictions(handle, { plugin: NAME, observers });
  const preempt = (cycle: Cycle, candidates: Candidates): PostFilterOutcome => {
    const node = chooseCandidate(candidates, cycle.nowMs);
    const victims = node === undefined ? undefined : candidates.get(node);
    if (node === undefined || victims === undefined) return { verdict: unschedulable('preemption: no candidate node for preemption') };
    const going = evictions.start(cycle.subject, node, victims);
    observers.onPreemption?.(going);
    return { verdict: undefined, nominated: node.name };
  };
  return {
    name: NAME,
    events: [onPod(['Delete'], () => false)], // deletions bring the pod back by the plugin that turned it down; this one only opens the gate
    preEnqueue: ({ metadata }) => (evictions.isPreempting(metadata.uid ?? '') ? UNDERWAY : undefined),
    postFilter(cycle, refusals, retry) {
      const { namespace = '', name } = cycle.subject.pod.metadata;
      const pod = pods.get(`${namespace}/${name}`);
      if (pod === undefined) return { verdict: failed(`preemption: pod "${name}" not found`) };
      const why = ineligible(pod, cycle, refusals);
      if (why !== undefined) return { verdict: unschedulable(`preemption: ${why}`) };
      const found = findCandidates(cycle, refusals, { args, retry, budgetsOf: (one) => budgets.inNamespace(one), chance: handle.rng.next() });
      if (found.candidates.size === 0) return { verdict: unschedulable(`preemption: ${nobody(cycle, found)}`), nominated: '' };
      const asked = askExtenders(pod, found.candidates, cycle.table, handle.preemptingExtenders);
      if (asked === undefined) return preempt(cycle, found.candidates);
      return asked.then((candidates) => preempt(cycle, candidates), (error: unknown) => ({ verdict: failed(`preemption: ${String(error)}`) }));
    },
  };
}

function nobody({ table }: Cycle, { refusals }: FoundCandidates): string { return fitMessage({ nodes: table.nodes.length, refusals: { byNode: refusals, others: NOT_HELPFUL } }); }

/** A pod may be told never to preempt; and one for which victims are leaving has to wait for them. */
function ineligible({ spec, status }: Pod, { subject, table }: Cycle, { byNode, others }: Refusals): string | undefined {
  if (spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = table.get(status?.nominatedNodeName ?? '');
  if (nominated === undefined || (byNode.get(nominated) ?? others)?.verdict.code === 'unresolvable') return undefined;
  const waits = [...nominated.pods.values()].some((one) => one.priority < subject.priority && isLeavingForOthers(one.pod));
  return waits ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

function isLeavingForOthers({ metadata, status }: Pod): boolean {
  const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return metadata.deletionTimestamp !== undefined && target?.status === 'True' && target.reason === 'PreemptionByScheduler';
}
