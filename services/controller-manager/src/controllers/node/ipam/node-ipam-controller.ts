import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';
import { nodeStatusEvent } from '../node-events.ts';
import type { CidrSet } from './cidr-set.ts';
import { NodeRanges } from './node-ranges.ts';

export interface NodeIpamSnapshot {
  node: Readonly<coreV1.Node>;
  /** The ranges to give it; undefined when there are none left. */
  cidrs: readonly string[] | undefined;
}

/** A node that got nothing asks again this much later. */
const RETRY_MS = 10_000;

const resource = coreV1Resources.nodes;

/** Gives each node a range of addresses for its pods out of each of the cluster's. */
export function nodeIpamController(sets: readonly CidrSet[]): Controller {
  const ranges = new NodeRanges(sets);
  let begun = false; // before the first range is given, all that nodes have is known
  return controller<NodeIpamSnapshot>({
    name: 'cidrallocator_node',
    component: 'cidrAllocator',
    workers: 1,
    watches: [watch({ resource, keys: ownKey })],
    read(key, listers) {
      const nodes = listers.of(resource);
      if (!begun) for (const node of nodes.list()) ranges.occupy(node);
      begun = true;
      const node = nodes.get(key);
      if (node === undefined) ranges.release(key);
      else ranges.occupy(node);
      if (node === undefined || node.metadata.deletionTimestamp !== undefined || (node.spec?.podCIDRs ?? []).length > 0) return undefined;
      return { node, cidrs: ranges.give(node) };
    },
    reconcile: reconcileRanges,
  });
}

export function reconcileRanges({ node: { metadata: { name, uid } }, cidrs }: NodeIpamSnapshot): Plan {
  if (cidrs === undefined) return { actions: [nodeStatusEvent({ name, uid }, 'CIDRNotAvailable')], againAfterMs: RETRY_MS };
  if (cidrs.length === 0) return nothingToDo;
  return {
    actions: [{
      do: 'patch', resource, target: { name }, patch: { type: 'strategic', body: { spec: { podCIDR: cidrs[0], podCIDRs: cidrs } } },
      otherwise: () => ({ actions: [nodeStatusEvent({ name, uid }, 'CIDRAssignmentFailed')] }),
    }],
  };
}
