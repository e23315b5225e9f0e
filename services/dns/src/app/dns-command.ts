import { BlockList, isIPv6 } from 'node:net';
import { TaskGroup } from '@kubernode/base';
import { accessCluster, connectionOptions, type HostProcess } from '@kubernode/client';
import { createRegistry, loggingOptions, loggingSettings, observabilityApp, optionTable, parseOptions, readFlagFile, serveApp, UsageError, type Command, type CommandContext, type HealthCheck } from '@kubernode/component-base';
import { debugTarget, serveDebug } from '@kubernode/profiling';
import type { Registry } from 'prom-client';
import { upstreamServers } from '../forward/upstream-servers.ts';
import { runDns } from './run-dns.ts';

const options = optionTable({
  ...connectionOptions,
  'cluster-domain': { kind: 'string', help: 'the domain that is answered from the cluster (default cluster.local)', placeholder: 'DOMAIN' },
  'bind-address': { kind: 'string', help: "where to serve DNS; on a node its own address, so that answers come from where questions went (default 0.0.0.0)", placeholder: 'ADDRESS' },
  port: { kind: 'int', default: 53, help: 'port of DNS, UDP and TCP' },
  'metrics-port': { kind: 'int', default: 9153, help: 'port of /metrics and /healthz on loopback' },
  profiling: { kind: 'boolean', default: false, help: 'serve profiles of this process at /debug/pprof/ beside the metrics, to whoever reaches that port' },
  'resolv-conf': { kind: 'string', default: '/etc/resolv.conf', help: 'name servers for all other names', placeholder: 'FILE' },
  'forward-for': { kind: 'list', default: [], help: 'whose questions about other names are forwarded, beside this host; everybody\'s when empty', placeholder: 'CIDR,…' },
  announce: { kind: 'boolean', default: false, help: 'keep this node among the endpoints of the service kube-system/kube-dns' },
  ...loggingOptions,
});

/** Cluster DNS by itself; on nodes it runs in the node agent's process. */
export const dnsCommand: Command = {
  name: 'dns', summary: 'answer DNS for services and pods', options,
  async run({ args, env, clock, rng, signal }: CommandContext) {
    await runDnsProcess({ args, env, clock, rng, signal });
    return 0;
  },
};

/** What a process that hosts the server gives to it. */
export interface DnsHost extends HostProcess {
  domain?: string;
  /** Addresses of pods, whose questions are forwarded. */
  clusterCidr?: string;
  /** The node that is announced. */
  node?: { name: string; ip: string };
}

/** Runs the server with its health and metrics port until aborted. */
export async function runDnsProcess(host: DnsHost): Promise<void> {
  const { args, clock, rng, signal, domain, clusterCidr, node } = host;
  const { options: given, positionals } = parseOptions(options, args);
  if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
  if (given.announce && node === undefined) throw new UsageError('--announce is for a server that runs on a node');
  const registry = createRegistry();
  const access = accessCluster(host, { connection: given, component: 'dns', logging: loggingSettings(given), registry });
  const { client, informers, logger } = access;
  const address = given['bind-address'] ?? node?.ip ?? '0.0.0.0';
  const group = new TaskGroup(signal);
  let serving = false;
  const ready = { kubernetes: () => serving || 'the caches are not loaded yet' } as const;
  access.run(group);
  group.spawn((inner) => runDns({
    client, informers, clock, rng, logger, registry, domain: given['cluster-domain'] ?? domain ?? 'cluster.local', address, port: given.port,
    mayForward: forwardRule([...given['forward-for'], ...(clusterCidr === undefined || clusterCidr === '' ? [] : clusterCidr.split(','))], address),
    upstream: upstreamServers(readFlagFile('resolv-conf', given['resolv-conf']), { addresses: [address], port: given.port }), onServing: () => { serving = true; },
    ...(given.announce && node && { announcement: { nodeName: node.name, nodeIp: node.ip, dnsPort: given.port, metricsPort: given['metrics-port'] } }),
  }, inner));
  const app = dnsApp(registry, ready);
  if (given.profiling) app.use(async (request, response, next) => { if (!await serveDebug(debugTarget(request.url), response, { clock, profiling: true })) next(); });
  group.spawn((inner) => serveApp({ app, host: '127.0.0.1', port: given['metrics-port'], signal: inner }));
  try { await group.done(); } finally { access.close(); }
}

/** Also at the paths where probes look for CoreDNS. */
function dnsApp(registry: Registry, ready: Readonly<Record<string, HealthCheck>>): ReturnType<typeof observabilityApp> {
  const app = observabilityApp({ registry, livez: { ping: () => true }, readyz: ready });
  app.get('/health', (_request, response) => { response.type('text/plain').send('OK'); });
  app.get('/ready', (_request, response) => {
    const waiting = Object.entries(ready).filter(([, check]) => check() !== true).map(([name]) => name);
    response.status(waiting.length > 0 ? 503 : 200).type('text/plain').send(waiting.length > 0 ? waiting.join(',') : 'OK');
  });
  return app;
}

/** Loopback, the server's own address and the given ranges; everybody where none is given. */
export function forwardRule(ranges: readonly string[], own: string): (address: string) => boolean {
  if (ranges.length === 0) return () => true;
  const allowed = new BlockList();
  for (const range of [...ranges, '127.0.0.0/8', '::1/128', own]) {
    const [network = '', bits] = range.split('/');
    const type = isIPv6(network) ? 'ipv6' : 'ipv4';
    allowed.addSubnet(network, Number(bits ?? (type === 'ipv6' ? 128 : 32)), type);
  }
  return (address) => {
    const bare = address.replace(/^::ffff:/, '');
    return allowed.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4');
  };
}
