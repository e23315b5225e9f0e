import type { coreV1 } from '@kubernode/api';
import { isAbortError } from '@kubernode/base';
import type { NodeView, NodeTable } from '../cache/node-table.ts';
import type { NodeVictims, PreemptingExtender } from '../framework/plugin.ts';
import type { Candidates } from './choose-candidate.ts';

type Pod = Readonly<coreV1.Pod>;

/** What the extenders leave of the candidates, one after the other; undefined when none of them is interested. */
export function askExtenders(pod: Pod, candidates: Candidates, table: NodeTable, extenders: readonly PreemptingExtender[]): Promise<Candidates> | undefined {
  const interested = extenders.filter((one) => one.isInterested(pod));
  return interested.length === 0 ? undefined : narrow(pod, candidates, table, interested);
}

async function narrow(pod: Pod, candidates: Candidates, table: NodeTable, extenders: readonly PreemptingExtender[]): Promise<Candidates> {
  let left = candidates;
  for (const extender of extenders) {
    if (left.size === 0) break;
    try { left = withVictims(await extender.processPreemption(pod, left, table), extender); } catch (error) {
      if (isAbortError(error) || !extender.ignorable) throw error;
    }
  }
  return left;
}

/** A node without victims makes no sense. */
function withVictims(answer: ReadonlyMap<NodeView, NodeVictims>, { ignorable }: PreemptingExtender): Candidates {
  const empty = [...answer].find(([, { pods }]) => pods.length === 0);
  if (empty !== undefined && !ignorable) throw new Error(`expected at least one victim pod on node "${empty[0].name}"`);
  return new Map([...answer].filter(([, { pods }]) => pods.length > 0));
}
