import { coreV1Resources, discoveryV1Resources } from '@kubernode/api';
import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
import type { InformerFactory } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { planRestore, type Iptables } from '@kubernode/netfilter';
import type { Registry } from 'prom-client';
import { forgetFlows } from '../conntrack/forget-flows.ts';
import { staleFlows } from '../conntrack/stale-flows.ts';
import { deletableChains, type ProxyRules } from '../iptables/proxy-rules.ts';
import { jumps, renderRules, type RenderOptions } from '../iptables/render-rules.ts';
import { createProxyMetrics, type ProxyMetrics } from '../metrics.ts';
import type { ServicePort } from '../topology/service-port.ts';
import { servicePorts } from '../topology/service-ports.ts';

export interface ProxyOptions {
  informers: InformerFactory;
  iptables: Iptables;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  nodeName: string;
  render: RenderOptions;
  /** Called after each round that succeeded. */
  onSynced?: () => void;
}

/** Changes that come within this time are made in one round, ms. */
const BATCH_MS = 20;
/** Everything is looked at again this often, so that what others removed comes back, ms. */
const RESYNC_MS = 30_000;
const RETRY_MS = 1000;
const IPV4 = { ip_family: 'IPv4' } as const;

/** What was last carried out. */
interface Applied { ports: readonly ServicePort[]; rules: ProxyRules }

/** Keeps iptables as services and endpoints ask for it, until aborted. The rules stay when it ends, so that traffic goes on over a restart. */
export async function runProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  const { informers, clock, logger } = options;
  const services = informers.informer(coreV1Resources.services);
  const slices = informers.informer(discoveryV1Resources.endpointslices);
  const metrics = createProxyMetrics(options.registry);
  const change = new WakeUp();
  change.ring(); // for what is there already
  using _services = services.onChange(() => change.ring());
  using _slices = slices.onChange(() => change.ring());
  await Promise.all([services.synced(signal), slices.synced(signal)]);
  let applied: Applied | undefined;
  for (let heard = false; ;) {
    const changed = change.take() || heard;
    let next = RESYNC_MS;
    try {
      const ports = servicePorts({ services: services.lister.list(), slices: slices.lister.list(), nodeName: options.nodeName });
      applied = await sync({ ports, applied: changed ? applied : await checkDrift(options, applied), options, metrics });
      options.onSynced?.();
    } catch (error) {
      if (isAbortError(error)) throw error;
      metrics.restoreFailures.inc(IPV4);
      logger.error('iptables could not be brought up to date', { error: errorMessage(error) });
      applied = undefined; // what is there now is unknown
      next = RETRY_MS;
    }
    heard = await change.heardWithin({ clock, ms: next }, signal);
    await clock.sleep(BATCH_MS, { signal });
  }
}

/** Forgets what was applied when chains of it are gone, or jumps to them, so that the next round writes all. */
async function checkDrift({ iptables }: ProxyOptions, applied: Applied | undefined): Promise<Applied | undefined> {
  const present = await iptables.chains();
  const missing = applied === undefined || (['nat', 'filter'] as const).some((table) => [...applied.rules[table].keys()].some((chain) => present.get(table)?.has(chain) !== true));
  return missing ? undefined : applied;
}

async function sync({ ports, applied, options, metrics }: { ports: readonly ServicePort[]; applied: Applied | undefined; options: ProxyOptions; metrics: ProxyMetrics }): Promise<Applied> {
  const { iptables, clock, logger } = options;
  const startedAt = clock.monotonicNow();
  const rules = renderRules(ports, options.render);
  const input = planRestore(applied?.rules ?? await leftBehind(iptables), rules, { deletable: deletableChains });
  if (input !== '') await iptables.restore(input);
  if (applied === undefined) for (const jump of jumps) await iptables.ensureJump(jump);
  await forgetFlows(staleFlows(applied?.ports ?? [], ports));
  const seconds = (clock.monotonicNow() - startedAt) / 1000;
  metrics.syncDuration.observe(IPV4, seconds);
  if (input !== '') metrics.programmingDuration.observe(IPV4, seconds);
  metrics.lastSync.set(IPV4, clock.now() / 1000);
  for (const table of ['nat', 'filter'] as const) metrics.rules.set({ table, ...IPV4 }, [...rules[table].values()].reduce((sum, list) => sum + list.length, 0));
  logger.debug('iptables is up to date', { services: ports.length, bytes: input.length, seconds });
  return { ports, rules };
}

/** Chains of an earlier run, as if they had one rule that is wanted nowhere: so each is written anew or deleted. */
async function leftBehind(iptables: Iptables): Promise<ProxyRules> {
  const present = await iptables.chains();
  const chains = (table: string): Map<string, readonly string[]> => new Map([...(present.get(table) ?? new Map<string, number>()).keys()].map((chain) => [chain, ['left behind']]));
  return { nat: chains('nat'), filter: chains('filter') };
}
