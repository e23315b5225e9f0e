import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import type { coreV1 } from '@kubernode/api';
import type { IpFamily } from '@kubernode/apimachinery';
import { TaskGroup, type Clock, type Rng } from '@kubernode/base';
import { accessCluster, createEventRecorder, type HostProcess } from '@kubernode/client';
import { createRegistry, version, type Command, type CommandContext, type Logger } from '@kubernode/component-base';
import { chooseBackend, createHostIptables, type Backend } from '@kubernode/netfilter';
import { createConntrack } from '../conntrack/conntrack.ts';
import { readSysctl, setConntrackSysctls } from '../conntrack/conntrack-sysctls.ts';
import { ProxyHealth } from '../health/proxy-health.ts';
import { ServiceHealth } from '../health/service-health.ts';
import { removeIptablesRules } from '../iptables/iptables-rules.ts';
import { createProxyMetrics } from '../metrics.ts';
import { createNft } from '../nftables/nft.ts';
import { removeNftablesRules } from '../nftables/nftables-rules.ts';
import { createRuleWriter, renderSettings } from '../sync/family-parts.ts';
import { runFamily } from '../sync/run-family.ts';
import { ipFamilies } from '../topology/of-family.ts';
import { proxyOptions, readCommandLine, type ProxySettings } from './proxy-options.ts';
import { serveProxy } from './proxy-server.ts';
import { runProxy, type FamilyState } from './run-proxy.ts';

/** Services as rules of the kernel, by itself; on nodes it runs in the node agent's process. */
export const proxyCommand: Command = {
  name: 'proxy', summary: 'forward services by iptables or nftables', options: proxyOptions,
  async run({ args, env, clock, rng, signal }: CommandContext) {
    if (readCommandLine(args).cleanup) await cleanUp();
    else await runProxyProcess({ args, env, clock, rng, signal });
    return 0;
  },
};

/** What a process that hosts the proxy gives to it. */
export interface ProxyHost extends HostProcess { nodeName?: string; clusterCidr?: string }

/** Runs the proxy with its health and metrics ports until aborted. */
export async function runProxyProcess(host: ProxyHost): Promise<void> {
  const { args, clock, rng, signal, clusterCidr } = host;
  const { settings, logging } = readCommandLine(args, { clusterCidr });
  const registry = createRegistry();
  const access = accessCluster(host, { connection: settings.connection, component: 'proxy', userAgent: `kube-proxy/${version.gitVersion}`, logging, registry });
  const { client, informers, logger } = access;
  const nodeName = settings.hostname ?? host.nodeName ?? hostname().toLowerCase();
  const recorder = createEventRecorder({ client, component: 'kube-proxy', host: nodeName, clock, rng, logger });
  const [metrics, health] = [createProxyMetrics(registry, settings.mode), new ProxyHealth(clock)];
  let node: Readonly<coreV1.Node> | undefined;
  const synced = new Set<IpFamily>();
  const families = ipFamilies.filter((family) => family === 'IPv4' || hostHasIpv6());
  setConntrackSysctls(settings.conntrack);
  const group = new TaskGroup(signal);
  access.run(group);
  group.spawn((inner) => recorder.run(inner));
  serveProxy(group, { settings, clock, registry, metrics, health, node: () => node, isSynced: () => synced.size === families.length });
  const run = familyRunner({ settings, metrics, health, clock, rng, logger, onSynced: (family) => { synced.add(family); }, onHealthPortFailure: ({ namespace, name, port }, why) => { recorder.event({ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name } }, 'Warning', 'FailedToStartServiceHealthcheck', `node ${nodeName} failed to start healthcheck "${namespace}/${name}" on port ${port}: ${why}`); } });
  group.spawn((inner) => runProxy({ informers, settings, nodeName, families, metrics, proxyHealth: health, clock, logger, runFamily: run, onNode: (seen) => { node = seen; } }, inner));
  try { await group.done(); } finally { access.close(); }
}

type FamilyRunnerOptions = { settings: ProxySettings; metrics: ReturnType<typeof createProxyMetrics>; health: ProxyHealth; clock: Clock; rng: Rng; logger: Logger; onSynced: (family: IpFamily) => void; onHealthPortFailure: ConstructorParameters<typeof ServiceHealth>[0]['onFailure'] };

/** One family's loop with all that it stands on. The other mode's rules go first: both would translate the same packets. */
function familyRunner({ settings, metrics, health, clock, rng, logger, onSynced, onHealthPortFailure }: FamilyRunnerOptions): (state: FamilyState, signal: AbortSignal) => Promise<void> {
  return async ({ family, ports, change, view, place, takeTriggerTimes }, signal) => {
    const backend = settings.backend === 'auto' ? await chooseBackend(family) : settings.backend;
    const rendering = renderSettings(family, settings, view);
    await (settings.mode === 'iptables' ? removeNft(family) : removeIptables(family, backend));
    const wildcard = family === 'IPv4' ? ['0.0.0.0'] : ['::'];
    const serviceHealth = new ServiceHealth({ addresses: rendering.nodePorts.everywhere ? wildcard : rendering.nodePorts.addresses, isProxyHealthy: () => health.healthy, logger, onFailure: onHealthPortFailure });
    const familyMetrics = metrics.family(family);
    const writer = createRuleWriter(rendering, { settings, view, backend, clock, metrics: familyMetrics });
    health.update(family);
    logger.info('forwarding services', { family, mode: settings.mode, ...(settings.mode === 'iptables' && { backend }) });
    try {
      await runFamily({
        family, ports, writer, conntrack: createConntrack({ family }), serviceHealth, proxyHealth: health, metrics: familyMetrics, clock, rng, logger, place, change, takeTriggerTimes,
        syncPeriodMs: settings.syncPeriodMs, minSyncPeriodMs: settings.minSyncPeriodMs, onSynced: () => onSynced(family),
      }, signal);
    } finally { await serviceHealth.close(); }
  };
}

async function cleanUp(): Promise<void> {
  for (const family of ipFamilies) {
    await removeNft(family);
    for (const backend of ['nft', 'legacy'] as const) await removeIptables(family, backend);
  }
}

/** A host without the program has no rules of it. */
async function removeNft(family: IpFamily): Promise<void> { await removeNftablesRules(createNft({ family }), { family }).catch(() => undefined); }
async function removeIptables(family: IpFamily, backend: Backend): Promise<void> { await removeIptablesRules(createHostIptables({ family, backend })).catch(() => undefined); }

const hostHasIpv6 = (): boolean => existsSync('/proc/net/if_inet6') && readSysctl('net/ipv6/conf/all/disable_ipv6') !== 1;
