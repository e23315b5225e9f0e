import { sameJson } from '@kubernode/apimachinery';
import type { appsV1, coreV1 } from '@kubernode/api';
import { placeOf } from './daemon-node.ts';

type DaemonSet = Readonly<appsV1.DaemonSet>;
type Node = Readonly<coreV1.Node>;

interface Known { sets: readonly DaemonSet[]; /** The uids of those who manage the pods that are bound to a node. */ ownersOn(nodeName: string): ReadonlySet<string | undefined> }

/**
 * The sets that have something to do because a node came, changed or went. Heartbeats change nodes all the time; and a taint that only
 * keeps others from coming makes no work: as in Kubernetes, it shows in the counts when something else does.
 */
export function setsConcernedBy(node: Node | undefined, previous: Node | undefined, { sets, ownersOn }: Known): DaemonSet[] {
  if (node === undefined) return previous === undefined ? [] : sets.filter((set) => placeOf(set, previous).run);
  if (previous !== undefined && sameJson([node.metadata.labels, node.spec?.taints], [previous.metadata.labels, previous.spec?.taints])) return [];
  const owners = ownersOn(node.metadata.name);
  return sets.filter((set) => {
    const { run, stay } = placeOf(set, node);
    return owners.has(set.metadata.uid) ? !stay || (set.status?.numberMisscheduled ?? 0) > 0 : run;
  });
}
