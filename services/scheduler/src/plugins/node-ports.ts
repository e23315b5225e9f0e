import { podInfo, portsClash } from '../cache/pod-info.ts';
import { onNode, onPod } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unschedulable } from '../framework/verdict.ts';
import { occupies } from './occupies.ts';

const TAKEN = unschedulable("node(s) didn't have free ports for the requested pod ports");

/** Two pods of a node cannot have the same host port; an address of its own keeps them apart, "all addresses" does not. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  events: [
    onPod(['Delete'], (pod, { before }) => before !== undefined && occupies(before) && portsClash(podInfo(pod).hostPorts, podInfo(before).hostPorts)),
    onNode(['Add']),
  ],
  prepareFilter({ subject: { hostPorts } }) {
    if (hostPorts.length === 0) return undefined;
    return {
      check({ portUsers }) {
        for (const user of portUsers) if (portsClash(hostPorts, user.hostPorts)) return TAKEN;
        return undefined;
      },
    };
  },
};
