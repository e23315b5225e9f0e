import { hostname } from 'node:os';
import { TaskGroup } from '@kubernode/base';
import { connect, connectionOptions, createClient, createInformerFactory } from '@kubernode/client';
import { createLogger, createRegistry, observabilityApp, optionTable, parseOptions, serveApp, UsageError, version, type Command, type CommandContext } from '@kubernode/component-base';
import { createHostIptables } from '../iptables/host-iptables.ts';
import { runProxy } from './run-proxy.ts';

const options = optionTable({
  ...connectionOptions,
  'hostname-override': { kind: 'string', help: "the node's name, if not the host's", placeholder: 'NAME' },
  'cluster-cidr': { kind: 'string', default: '', help: 'addresses of pods; traffic from elsewhere to services is masqueraded', placeholder: 'CIDR' },
  'masquerade-all': { kind: 'boolean', default: false, help: 'masquerade all traffic to services' },
  'proxy-mode': { kind: 'string', default: 'iptables', help: 'iptables' },
  'healthz-port': { kind: 'int', default: 10_256, help: 'port of /healthz' },
  'metrics-port': { kind: 'int', default: 10_249, help: 'port of /metrics' },
  v: { kind: 'int', default: 0, help: 'verbosity' },
});

/** Services as iptables rules, by itself; on nodes it runs in the node agent's process. */
export const proxyCommand: Command = {
  name: 'proxy', summary: 'forward services by iptables rules', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    if (given['proxy-mode'] !== 'iptables') throw new UsageError(`invalid value "${given['proxy-mode']}" for --proxy-mode: want iptables`);
    const { clock, rng, signal } = context;
    const logger = createLogger({ component: 'proxy', verbosity: given.v });
    const registry = createRegistry();
    const client = createClient({ transport: connect(given, context.env), userAgent: `kubernode-proxy/${version.kubernode}`, clock, rng });
    const informers = createInformerFactory({ client, clock, rng, logger });
    let synced = false;
    const readyz = { synced: () => synced || 'rules are not written yet' } as const;
    const group = new TaskGroup(signal);
    group.spawn((inner) => informers.run(inner));
    group.spawn((inner) => runProxy({
      informers, iptables: createHostIptables(), clock, logger, registry, nodeName: given['hostname-override'] ?? hostname().toLowerCase(),
      render: { clusterCidr: given['cluster-cidr'], masqueradeAll: given['masquerade-all'], randomFully: true }, onSynced: () => { synced = true; },
    }, inner));
    const app = observabilityApp({ registry, livez: readyz, readyz });
    for (const port of new Set([given['healthz-port'], given['metrics-port']])) group.spawn((inner) => serveApp({ app, host: '127.0.0.1', port, signal: inner }));
    try { await group.done(); } finally { client.close(); }
    return 0;
  },
};
