import type { IpFamily } from '@kubernode/apimachinery';
import { errorMessage, exponentialBackoff, isAbortError, type Clock, type Rng, type WakeUp } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Conntrack } from '../conntrack/conntrack.ts';
import { staleFlows } from '../conntrack/stale-flows.ts';
import type { ProxyHealth } from '../health/proxy-health.ts';
import { checkedServices, type ServiceHealth } from '../health/service-health.ts';
import { servedSides } from '../iptables/render-port.ts';
import type { FamilyMetrics } from '../metrics.ts';
import type { NodePlace, RoutedPort } from '../topology/route-port.ts';
import type { PortChange, RoutedPorts } from '../topology/routed-ports.ts';
import type { RuleWriter } from './rule-writer.ts';

export interface FamilyOptions {
  family: IpFamily;
  ports: RoutedPorts;
  writer: RuleWriter;
  conntrack: Conntrack;
  serviceHealth: ServiceHealth;
  proxyHealth: ProxyHealth;
  metrics: FamilyMetrics;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  place: () => NodePlace;
  /** Rings when a service was noted. */
  change: WakeUp;
  /** When endpoints changed, by the wall clock of who changed them, ms; taken with each round. */
  takeTriggerTimes: () => readonly number[];
  /** Everything is looked at thoroughly this often, and quickly three times as often, ms. */
  syncPeriodMs: number;
  /** Rounds are at least this far apart; what comes meanwhile is made in one, ms. */
  minSyncPeriodMs: number;
  onSynced?: () => void;
}

/** Changes that come within this time are made in one round, ms. */
const BATCH_MS = 10;
const RETRY = { initialMs: 500, maxMs: 30_000 };
const QUICK_LOOKS = 3;

/** Keeps one family's rules as services ask for them, until aborted. They stay when it ends, so that traffic goes on over a restart. */
export async function runFamily(options: FamilyOptions, signal: AbortSignal): Promise<void> {
  const { change, clock, rng, minSyncPeriodMs, syncPeriodMs, writer } = options;
  const backoff = exponentialBackoff({ ...RETRY, rng });
  let known = false;
  for (let looks = 0; ;) {
    const round = await syncOnce(options, { known });
    known = round !== 'failed';
    if (known) backoff.reset();
    await clock.sleep(Math.max(BATCH_MS, minSyncPeriodMs), { signal });
    const heard = await change.heardWithin({ clock, ms: known ? syncPeriodMs / QUICK_LOOKS : backoff.next() }, signal);
    signal.throwIfAborted();
    if (heard || !known) continue;
    known = await looksIntact(options, ++looks % QUICK_LOOKS === 0 ? 'thorough' : 'quick');
    if (known && writer.wantsAll({ endpoints: options.ports.endpointCount })) known = false;
  }
}

/** One round. Of what it wrote nothing is known when it failed. */
async function syncOnce(options: FamilyOptions, { known }: { known: boolean }): Promise<'written' | 'unchanged' | 'failed'> {
  const { ports, writer, metrics, clock, logger, place, family, proxyHealth, serviceHealth, takeTriggerTimes } = options;
  const startedAt = clock.monotonicNow();
  const changes = ports.update(place());
  const full = !known || writer.wantsAll({ endpoints: ports.endpointCount });
  try {
    if (full) await writer.writeAll(ports.all());
    else if (changes.length > 0) await writer.writeChanges(changes);
  } catch (error) {
    if (isAbortError(error)) throw error;
    metrics.restoreFailed({ full });
    logger.error('rules could not be brought up to date', { family, full, error: errorMessage(error) });
    return 'failed';
  }
  if (full || changes.length > 0) metrics.synced({ seconds: (clock.monotonicNow() - startedAt) / 1000, full, at: clock.now() / 1000 });
  for (const at of takeTriggerTimes()) metrics.programmed(Math.max(0, clock.now() - at) / 1000);
  metrics.pending(ports.pending);
  proxyHealth.update(family);
  if (full || changes.length > 0) {
    metrics.noLocalEndpoints(countNoLocal(ports));
    await serviceHealth.sync(checkedServices(ports.byService));
    if (changes.some(changesUdpEndpoints)) await forgetStaleFlows(options);
    logger.debug('rules are up to date', { family, full, changed: changes.length, ms: Math.round(clock.monotonicNow() - startedAt) });
  }
  options.onSynced?.();
  return full || changes.length > 0 ? 'written' : 'unchanged';
}

async function looksIntact({ writer, logger, family }: FamilyOptions, look: 'quick' | 'thorough'): Promise<boolean> {
  try {
    const intact = await writer.isIntact(look);
    if (!intact) logger.warn('rules were changed by others; writing them again', { family });
    return intact;
  } catch (error) {
    if (isAbortError(error)) throw error;
    logger.warn('rules could not be looked at; writing them again', { family, error: errorMessage(error) });
    return false;
  }
}

async function forgetStaleFlows({ conntrack, ports, metrics, clock }: FamilyOptions): Promise<void> {
  const startedAt = clock.monotonicNow();
  const stale = staleFlows(await conntrack.udpFlows(), ports.all());
  for (const flow of stale) await conntrack.forget(flow);
  metrics.conntrack({ seconds: (clock.monotonicNow() - startedAt) / 1000, deleted: stale.length });
}

/** Also when addresses changed without endpoints: flows to them may have been sent elsewhere. */
function changesUdpEndpoints({ before, after }: PortChange): boolean {
  const udp = (ports: readonly RoutedPort[]): string => JSON.stringify(ports.filter((port) => port.protocol === 'udp').map((port) => [port.name, port.servingAddresses, port.externalIps, port.loadBalancerIps, port.nodePort]));
  return udp(before) !== udp(after);
}

function countNoLocal(ports: RoutedPorts): { internal: number; external: number } {
  const counts = { internal: 0, external: 0 };
  for (const list of ports.byService.values()) {
    for (const port of list) {
      if (!port.hasEndpoints || !(port.internalLocal || port.externalLocal)) continue;
      const served = servedSides(port);
      if (!served.internal) counts.internal++;
      if (!served.external) counts.external++;
    }
  }
  return counts;
}
