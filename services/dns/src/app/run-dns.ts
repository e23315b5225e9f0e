import { timeToMs } from '@kubernode/apimachinery';
import { discoveryV1Resources, type discoveryV1 } from '@kubernode/api';
import { TaskGroup, type Clock, type Rng } from '@kubernode/base';
import type { Client, InformerFactory } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import { AnswerCache } from '../cache/answer-cache.ts';
import type { ServerAddress } from '../forward/ask-server.ts';
import { Forwarder } from '../forward/forwarder.ts';
import { LoopGuard } from '../forward/loop-guard.ts';
import { createDnsMetrics, type DnsMetrics } from '../metrics.ts';
import { createAnswerer } from '../server/answerer.ts';
import { serveDns } from '../server/dns-server.ts';
import { createLiveZone } from '../zone/live-zone.ts';
import { announceEndpoint, type Announcement } from './announce-endpoint.ts';

export interface DnsOptions {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  registry: Registry;
  domain: string;
  address: string;
  port: number;
  /** Name servers for all other names. */
  upstream: readonly ServerAddress[];
  /** Whose questions about other names are forwarded; others are refused, so that nobody's network gets an open resolver. */
  mayForward: (address: string) => boolean;
  /** Under which node and address pods of this node reach the server; absent where no service leads here. */
  announcement?: Announcement;
  /** Called once the caches are loaded. */
  onServing?: () => void;
}

/** Answers the cluster's names from the caches and forwards all others, until aborted. The caller runs the informers. */
export async function runDns(options: DnsOptions, signal: AbortSignal): Promise<void> {
  const { informers, clock, rng, logger, registry, domain, address, port, upstream, mayForward, client, announcement, onServing } = options;
  const cache = new AnswerCache(clock);
  const metrics = createDnsMetrics(registry, { server: `dns://${address.includes(':') ? `[${address}]` : address}:${port}`, cacheSize: (kind) => cache.size(kind) });
  const group = new TaskGroup(signal);
  const forwarder = new Forwarder({ servers: upstream, clock, rng, logger, metrics: metrics.forward, signal: group.signal });
  const loopGuard = new LoopGuard(rng);
  const answer = createAnswerer({ view: createLiveZone(informers, domain), cache, forwarder, loopGuard, metrics, clock, mayForward });
  using _slices = informers.informer(discoveryV1Resources.endpointslices).onChange(({ object, previous }) => { if (object && previous !== undefined) noteProgramming(object, previous, { clock, metrics }); });
  group.spawn(async (inner) => {
    await informers.synced(inner); // an empty cache would answer that nothing exists
    onServing?.();
    await serveDns({ address, port, clock, logger, answer }, inner);
  });
  if (upstream.length > 0) group.spawn((inner) => loopGuard.run({ forwarder, clock, logger }, inner));
  if (announcement) group.spawn((inner) => announceEndpoint({ client, clock, logger, announcement }, inner));
  await group.done();
}

const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';
const HEADLESS = 'service.kubernetes.io/headless';

/** Names of headless services follow their endpoints at once; what took time was the way of the change to here. */
function noteProgramming(slice: Readonly<discoveryV1.EndpointSlice>, previous: Readonly<discoveryV1.EndpointSlice>, { clock, metrics }: { clock: Clock; metrics: DnsMetrics }): void {
  const text = slice.metadata.annotations?.[TRIGGER_TIME];
  if (slice.metadata.labels?.[HEADLESS] === undefined || text === undefined || text === previous.metadata.annotations?.[TRIGGER_TIME]) return;
  const at = timeToMs(text);
  if (at !== undefined) metrics.programmed(Math.max(0, clock.now() - at) / 1000);
}
