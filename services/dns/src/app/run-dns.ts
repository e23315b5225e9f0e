import { TaskGroup, type Clock } from '@kubernode/base';
import type { Client, InformerFactory } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import { AnswerCache } from '../cache/answer-cache.ts';
import { forwardQuery } from '../forward/forward-query.ts';
import { createDnsMetrics, type DnsMetrics } from '../metrics.ts';
import { answerQuery, refusal, serverFailure } from '../server/answer-query.ts';
import { serveDns } from '../server/dns-server.ts';
import { createLiveZone } from '../zone/live-zone.ts';
import type { ZoneView } from '../zone/zone-view.ts';
import { announceEndpoint, type Announcement } from './announce-endpoint.ts';

export interface DnsOptions {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  domain: string;
  address: string;
  port: number;
  /** Name servers for all other names. */
  upstream: readonly string[];
  /** Whose questions about other names are forwarded; others are refused, so that nobody's network gets an open resolver. */
  mayForward: (address: string) => boolean;
  /** Under which node and address pods of this node reach the server; absent where no service leads here. */
  announcement?: Announcement;
}

/** Answers the cluster's names from the caches and forwards all others, until aborted. The caller runs the informers. */
export async function runDns(options: DnsOptions, signal: AbortSignal): Promise<void> {
  const { informers, clock, logger, registry, domain, address, port, upstream, mayForward, client, announcement } = options;
  const answerer = { view: createLiveZone(informers, domain), cache: new AnswerCache(clock), metrics: createDnsMetrics(registry), upstream, mayForward, clock, signal };
  const group = new TaskGroup(signal);
  group.spawn(async (inner) => {
    await informers.synced(inner); // an empty cache would answer that nothing exists
    await serveDns({ address, port, clock, logger, answer: (query, transport, from) => answer({ query, transport, from }, answerer) }, inner);
  });
  if (announcement) group.spawn((inner) => announceEndpoint({ client, clock, logger, announcement }, inner));
  await group.done();
}

interface Answerer { view: ZoneView; cache: AnswerCache; metrics: DnsMetrics; upstream: readonly string[]; mayForward: (address: string) => boolean; clock: Clock; signal: AbortSignal }
interface Asked { query: Buffer; transport: 'udp' | 'tcp'; from: string }

/** One query, from cluster, cache or upstream; undefined when it deserves no answer. Never rejects. */
async function answer({ query, transport, from }: Asked, { view, cache, metrics, upstream, mayForward, clock, signal }: Answerer): Promise<Buffer | undefined> {
  const startedAt = clock.monotonicNow();
  const outcome = answerQuery(query, transport, view);
  if (outcome.kind === 'ignore') return undefined;
  metrics.requests.inc({ type: outcome.type, proto: transport });
  const done = (bytes: Buffer, rcode: string): Buffer => {
    metrics.responses.inc({ rcode });
    metrics.duration.observe({ proto: transport }, (clock.monotonicNow() - startedAt) / 1000);
    return bytes;
  };
  if (outcome.kind === 'answer') return done(outcome.bytes, outcome.code);
  if (!mayForward(from)) return done(refusal(query), 'REFUSED');
  const kept = cache.get(query, transport);
  if (kept) { metrics.forwarded.inc({ result: 'cached' }); return done(kept, 'NOERROR'); }
  try {
    const bytes = await forwardQuery(query, transport, { servers: upstream, signal });
    cache.put(query, transport, bytes);
    metrics.forwarded.inc({ result: 'answered' });
    return done(bytes, 'FORWARDED');
  } catch {
    metrics.forwarded.inc({ result: 'failed' }); // counted, and told to the client
    return done(serverFailure(query), 'SERVFAIL');
  }
}
