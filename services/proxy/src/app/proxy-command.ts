import { hostname } from 'node:os';
import { TaskGroup, type Clock, type Rng } from '@kubernode/base';
import { connect, connectionOptions, createClient, createInformerFactory, type Client, type InformerFactory } from '@kubernode/client';
import { createLogger, createRegistry, observabilityApp, optionTable, parseOptions, serveApp, UsageError, version, type Command, type CommandContext, type Logger } from '@kubernode/component-base';
import { createHostIptables } from '@kubernode/netfilter';
import { runProxy } from './run-proxy.ts';

const options = optionTable({
  ...connectionOptions,
  'hostname-override': { kind: 'string', help: "the node's name, if not the host's", placeholder: 'NAME' },
  'cluster-cidr': { kind: 'string', help: 'addresses of pods; traffic from elsewhere to services is masqueraded', placeholder: 'CIDR' },
  'masquerade-all': { kind: 'boolean', default: false, help: 'masquerade all traffic to services' },
  'proxy-mode': { kind: 'string', default: 'iptables', help: 'iptables' },
  'healthz-port': { kind: 'int', default: 10_256, help: 'port of /healthz on loopback' },
  'metrics-port': { kind: 'int', default: 10_249, help: 'port of /metrics on loopback' },
  v: { kind: 'int', default: 0, help: 'verbosity' },
});

/** Services as iptables rules, by itself; on nodes it runs in the node agent's process. */
export const proxyCommand: Command = {
  name: 'proxy', summary: 'forward services by iptables rules', options,
  async run({ args, env, clock, rng, signal }: CommandContext) {
    await runProxyProcess({ args, env, clock, rng, signal });
    return 0;
  },
};

/** What a process that hosts the proxy gives to it; a proxy by itself makes its own. */
export interface ProxyHost {
  /** As on the command line. */
  args: readonly string[];
  env?: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  rng: Rng;
  signal: AbortSignal;
  logger?: Logger;
  nodeName?: string;
  clusterCidr?: string;
  /** Used where the arguments name no connection of the proxy's own. */
  informers?: InformerFactory;
}

/** Runs the proxy with its health and metrics ports until aborted. */
export async function runProxyProcess({ args, env = {}, clock, rng, signal, logger: hostLogger, nodeName, clusterCidr, informers: hostInformers }: ProxyHost): Promise<void> {
  const { options: given, positionals } = parseOptions(options, args);
  if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
  if (given['proxy-mode'] !== 'iptables') throw new UsageError(`invalid value "${given['proxy-mode']}" for --proxy-mode: want iptables`);
  const logger = hostLogger?.child({ part: 'proxy' }) ?? createLogger({ component: 'proxy', verbosity: given.v });
  const registry = createRegistry();
  const ownClient: Client | undefined = hostInformers !== undefined && given.kubeconfig === undefined ? undefined : createClient({ transport: connect(given, env), userAgent: `kube-proxy/${version.gitVersion}`, clock, rng });
  const informers = ownClient === undefined && hostInformers ? hostInformers : createInformerFactory({ client: ownClient as Client, clock, rng, logger }); // made where the host gives none
  let synced = false;
  const checks = { synced: () => synced || 'rules are not written yet' } as const;
  const group = new TaskGroup(signal);
  if (ownClient) group.spawn((inner) => informers.run(inner));
  group.spawn((inner) => runProxy({
    informers, iptables: createHostIptables(), clock, logger, registry, nodeName: given['hostname-override'] ?? nodeName ?? hostname().toLowerCase(),
    render: { clusterCidr: given['cluster-cidr'] ?? clusterCidr ?? '', masqueradeAll: given['masquerade-all'], randomFully: true }, onSynced: () => { synced = true; },
  }, inner));
  const app = observabilityApp({ registry, livez: checks, readyz: checks });
  for (const port of new Set([given['healthz-port'], given['metrics-port']])) group.spawn((inner) => serveApp({ app, host: '127.0.0.1', port, signal: inner }));
  try { await group.done(); } finally { ownClient?.close(); }
}
