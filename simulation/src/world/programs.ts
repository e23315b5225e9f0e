import { createClient, createInformerFactory } from '@kubernode/client';
import { coreV1Resources } from '@kubernode/api';
import { TaskGroup } from '@kubernode/base';
import { runConnected } from '@kubernode/controller';
import { controllerManager, parseManagerOptions } from '@kubernode/controller-manager';
import { parseSchedulerOptions, scheduler } from '@kubernode/scheduler';
import { nodeAddress, simulateNodes, simulatePods } from '@kubernode/simulated-nodes';
import { runUsers } from '../users/users.ts';
import type { SimulatedComponentOptions } from './simulated-component.ts';

type Program = SimulatedComponentOptions['program'];

const NODE_SIZE = { cpu: '32', memory: '64Gi', pods: '110' };
/** Addresses of one node's pods. */
const ADDRESSES_PER_NODE = 4096;

export function managerProgram(flags: readonly string[]): Program {
  const options = parseManagerOptions(flags);
  return ({ process, ...host }, signal) => runConnected(controllerManager(options), options, { ...host, clock: process.clock }, signal);
}

export function schedulerProgram(flags: readonly string[]): Program {
  const options = parseSchedulerOptions(flags);
  return ({ process, ...host }, signal) => runConnected(scheduler(), options, { ...host, clock: process.clock }, signal);
}

/** The kubelet's part on one node. */
export function nodeProgram(index: number): Program {
  return async ({ process: { name, clock }, transport, rng, logger }, signal) => {
    const client = createClient({ transport, userAgent: `kubelet/${name}`, clock, rng });
    const informers = createInformerFactory({ client, clock, rng, logger });
    const pods = informers.informer(coreV1Resources.pods, { fieldSelector: `spec.nodeName=${name}` });
    const group = new TaskGroup(signal);
    group.spawn((inner) => informers.run(inner));
    group.spawn((inner) => simulateNodes({ client, names: [name], firstIndex: index, size: NODE_SIZE, clock, logger }, { signal: inner, onRegistered: () => undefined }));
    group.spawn((inner) => simulatePods({ client, pods, nodes: new Map([[name, nodeAddress(index)]]), firstAddress: 1 + index * ADDRESSES_PER_NODE, clock, logger }, inner));
    await group.done();
  };
}

export function usersProgram(paceMs: number): Program {
  return ({ process: { clock }, transport, rng }, signal) => runUsers({ client: createClient({ transport, userAgent: 'user', clock, rng }), clock, rng, paceMs }, signal);
}
