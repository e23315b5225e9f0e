import { coreV1Resources } from '@kubernode/api';
import { TaskGroup } from '@kubernode/base';
import { accessCluster, connectionOptions } from '@kubernode/client';
import { createRegistry, loggingOptions, loggingSettings, observabilityApp, optionTable, parseOptions, serveApp, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { nodeAddress, nodeName } from '../nodes/node-object.ts';
import { simulateNodes } from '../nodes/simulate-nodes.ts';
import { simulatePods } from '../pods/simulate-pods.ts';

const options = optionTable({
  ...connectionOptions,
  count: { kind: 'int', default: 3, help: 'how many nodes' },
  'name-prefix': { kind: 'string', default: 'sim-', help: 'names are this and a number from 0' },
  cpu: { kind: 'string', default: '32', help: 'CPUs of each node' },
  memory: { kind: 'string', default: '256Gi', help: 'memory of each node' },
  pods: { kind: 'string', default: '110', help: 'how many pods each node takes' },
  'metrics-port': { kind: 'int', default: 10_251, help: 'port of /metrics and /healthz on loopback' },
  ...loggingOptions,
});

/** Many nodes in one process, none of which runs a container. */
export const simulatedNodesCommand: Command = {
  name: 'simulated-nodes', summary: 'nodes whose pods run by a state machine, without containers', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const { args, env, clock, rng, signal } = context;
    const registry = createRegistry();
    const access = accessCluster({ args, env, clock, rng, signal }, { connection: given, component: 'simulated-nodes', logging: loggingSettings(given), registry });
    const { client, informers, logger } = access;
    const pods = informers.informer(coreV1Resources.pods, { fieldSelector: 'spec.nodeName!=' });
    const names = Array.from({ length: given.count }, (_, i) => nodeName(given['name-prefix'], i));
    const nodes = new Map(names.map((name, i) => [name, nodeAddress(i)]));
    let registered = false;
    const app = observabilityApp({ registry, livez: { ping: () => true, nodes: () => registered || 'not all nodes are registered' } });
    const group = new TaskGroup(signal);
    group.spawn((inner) => serveApp({ app, host: '127.0.0.1', port: given['metrics-port'], signal: inner }));
    access.run(group);
    group.spawn((inner) => simulateNodes({ client, names, size: given, clock, logger }, { signal: inner, onRegistered: () => { registered = true; } }));
    group.spawn((inner) => simulatePods({ client, pods, nodes, clock, logger }, inner));
    try { await group.done(); } finally { access.close(); }
    return 0;
  },
};
