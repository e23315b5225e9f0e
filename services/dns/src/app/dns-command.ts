import { readFileSync } from 'node:fs';
import { TaskGroup } from '@kubernode/base';
import { connect, connectionOptions, createClient, createInformerFactory } from '@kubernode/client';
import { createLogger, createRegistry, observabilityApp, optionTable, parseOptions, serveApp, UsageError, version, type Command, type CommandContext } from '@kubernode/component-base';
import { upstreamServers } from '../forward/upstream-servers.ts';
import { runDns } from './run-dns.ts';

const options = optionTable({
  ...connectionOptions,
  'cluster-domain': { kind: 'string', default: 'cluster.local', help: 'the domain that is answered from the cluster', placeholder: 'DOMAIN' },
  'bind-address': { kind: 'string', default: '0.0.0.0', help: 'where to serve DNS', placeholder: 'ADDRESS' },
  port: { kind: 'int', default: 53, help: 'port of DNS, UDP and TCP' },
  'metrics-port': { kind: 'int', default: 9153, help: 'port of /metrics and /healthz' },
  'resolv-conf': { kind: 'string', default: '/etc/resolv.conf', help: 'name servers for all other names', placeholder: 'FILE' },
  v: { kind: 'int', default: 0, help: 'verbosity' },
});

/** Cluster DNS by itself; on nodes it runs in the node agent's process. */
export const dnsCommand: Command = {
  name: 'dns', summary: 'answer DNS for services and pods', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const { clock, rng, signal } = context;
    const logger = createLogger({ component: 'dns', verbosity: given.v });
    const registry = createRegistry();
    const client = createClient({ transport: connect(given, context.env), userAgent: `kubernode-dns/${version.kubernode}`, clock, rng });
    const informers = createInformerFactory({ client, clock, rng, logger });
    const group = new TaskGroup(signal);
    group.spawn((inner) => informers.run(inner));
    group.spawn((inner) => runDns({
      client, informers, clock, logger, registry, domain: given['cluster-domain'], address: given['bind-address'], port: given.port,
      upstream: upstreamServers(readFileSync(given['resolv-conf'], 'utf8'), [given['bind-address']]),
    }, inner));
    group.spawn((inner) => serveApp({ app: observabilityApp({ registry, livez: { ping: () => true } }), host: '127.0.0.1', port: given['metrics-port'], signal: inner }));
    try { await group.done(); } finally { client.close(); }
    return 0;
  },
};
