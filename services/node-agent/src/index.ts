/**
 * The node agent: runs the pods that are bound to its node on a container runtime, and tells the API server how they are.
 *
 * Guarantees: a pod's state is owned by one loop; what is done next follows from the spec and from what the runtime has, never from memory
 * alone, so a restart of the agent or of the runtime kills no container; a deleted pod's object goes only after its containers, sandbox
 * and volumes are gone. Not here: service rules and DNS (companions), placing of pods (the scheduler).
 */
import type { Command } from '@kubernode/component-base';
import { nodeCommand } from './app/node-command.ts';

export type { Companion, CompanionContext } from './app/companion.ts';
export { nodeCommand } from './app/node-command.ts';
export { nodeConfig, type NodeConfig } from './app/node-config.ts';
export { nodeOptions, type NodeOptions } from './app/node-options.ts';
export { runNodeAgent, type NodeAgentDeps } from './app/run-node-agent.ts';

/** The node agent alone; a composition root that has companions calls `nodeCommand` itself. */
export const commands: readonly Command[] = [nodeCommand([])];
