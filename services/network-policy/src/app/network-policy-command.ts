import { hostname } from 'node:os';
import { TaskGroup } from '@kubernode/base';
import { accessCluster, connectionOptions, type HostProcess } from '@kubernode/client';
import { createRegistry, loggingOptions, loggingSettings, observabilityApp, optionTable, parseOptions, serveApp, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { chooseBackend, createHostIpSet, createHostIptables } from '@kubernode/netfilter';
import { applyRules, noRules, readRules, type HostFilter } from './apply-rules.ts';
import { runNetworkPolicy } from './run-network-policy.ts';

const options = optionTable({
  ...connectionOptions,
  'hostname-override': { kind: 'string', help: "the node's name, if not the host's", placeholder: 'NAME' },
  'metrics-port': { kind: 'int', default: 10_246, help: 'port of /metrics and /healthz on loopback' },
  ...loggingOptions,
});

/** Network policies by themselves; on nodes they run in the node agent's process. */
export const networkPolicyCommand: Command = {
  name: 'network-policy', summary: 'enforce network policies by iptables and ipset', options,
  async run({ args, env, clock, rng, signal }: CommandContext) {
    await runNetworkPolicyProcess({ args, env, clock, rng, signal });
    return 0;
  },
};

/** What a process that hosts the policies gives to them. A node may not read all pods, so its arguments name a connection of their own. */
export interface NetworkPolicyHost extends HostProcess { nodeName?: string }

/** Enforces policies, with a port for health and metrics, until aborted. */
export async function runNetworkPolicyProcess(host: NetworkPolicyHost): Promise<void> {
  const { args, clock, signal, nodeName } = host;
  const { options: given, positionals } = parseOptions(options, args);
  if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
  const registry = createRegistry();
  const access = accessCluster(host, { connection: given, component: 'network-policy', logging: loggingSettings(given), registry });
  const { informers, logger } = access;
  const group = new TaskGroup(signal);
  const filter = await hostFilter();
  let synced = false;
  const checks = { synced: () => synced || 'rules are not written yet' } as const;
  access.run(group);
  group.spawn((inner) => runNetworkPolicy({
    informers, filter, clock, logger, registry, nodeName: given['hostname-override'] ?? nodeName ?? hostname().toLowerCase(), onSynced: () => { synced = true; },
  }, inner));
  group.spawn((inner) => serveApp({ app: observabilityApp({ registry, livez: checks, readyz: checks }), host: '127.0.0.1', port: given['metrics-port'], signal: inner }));
  try { await group.done(); } finally { access.close(); }
}

/** Removes what an earlier run left on a host whose policies are not wanted any more. */
export async function removeNetworkPolicies(): Promise<void> {
  const filter = await hostFilter();
  await applyRules(filter, { applied: await readRules(filter), wanted: noRules });
}

async function hostFilter(): Promise<HostFilter> {
  const [ipv4, ipv6] = await Promise.all([chooseBackend('IPv4'), chooseBackend('IPv6')]);
  return { iptables: { IPv4: createHostIptables({ backend: ipv4 }), IPv6: createHostIptables({ family: 'IPv6', backend: ipv6 }) }, ipset: createHostIpSet() };
}
