/**
 * Nodes without containers, for scale tests and for hosts without containerd: they register, stay Ready, and their pods become Running
 * (or end, for those that say so) by a state machine. Many in one process; the API sees no difference to nodes that run something.
 * Not here: logs, exec, networks. Nothing runs.
 */
import type { Command } from '@kubernode/component-base';
import { simulatedNodesCommand } from './app/simulated-nodes-command.ts';

export type { NodeSize } from './nodes/node-object.ts';
export { nodeAddress } from './nodes/node-object.ts';
export { simulateNodes, type SimulateNodesOptions } from './nodes/simulate-nodes.ts';
export { simulatePods, type SimulatePodsOptions } from './pods/simulate-pods.ts';

export const commands: readonly Command[] = [simulatedNodesCommand];
